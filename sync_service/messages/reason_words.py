"""What people call the fields of messages, who sends them, and each kind of fault without what is particular to one.

Every pair is Russian and English. `{field}` stands where the field is named; a text without it needs no field.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sync_service.messages.faults import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

FIELDS: Final[Mapping[str, tuple[str, str]]] = {
    "message": ("сообщение", "message"),
    "specversion": ("версия CloudEvents", "CloudEvents version"),
    "id": ("номер сообщения", "message id"),
    "source": ("отправитель", "sender"),
    "type": ("тип сообщения", "message type"),
    "subject": ("предмет сообщения", "message subject"),
    "time": ("время сообщения", "time of the message"),
    "data": ("содержание", "content"),
    "account_id": ("номер кабинета", "account id"),
    "sovetnmo_account_id": ("номер кабинета на sovetnmo", "account id at sovetnmo"),
    "edu_account_id": ("номер кабинета в edu", "account id at edu"),
    "email": ("почта", "e-mail"),
    "full_name": ("имя", "full name"),
    "snils": ("СНИЛС", "СНИЛС"),
    "education_level": ("уровень образования", "education level"),
    "audience": ("аудитория", "audience"),
    "specialty": ("специальность", "specialty"),
    "specialties": ("специальности", "specialties"),
    "cycle_id": ("номер цикла", "cycle id"),
    "policy": ("правила цикла", "policy of the cycle"),
    "code": ("код", "code"),
    "codes": ("коды", "codes"),
    "activity_id": ("номер активности", "activity id"),
    "activity_key": ("ключ записи", "activity key"),
    "module_id": ("номер модуля", "module id"),
    "programme_id": ("номер программы", "programme id"),
    "hours": ("часы", "hours"),
    "distance_hours": ("дистанционные часы", "distance hours"),
    "organisation": ("организация", "organisation"),
    "request_id": ("номер запроса связи", "link request id"),
    "reason": ("причина", "reason"),
    "detail": ("пояснение", "detail"),
    "remote_ref": ("номер записи на портале", "reference at the portal"),
    "kind": ("вид активности", "kind of activity"),
    "title": ("название", "title"),
    "provider": ("организатор", "provider"),
    "place": ("место проведения", "place"),
    "foreign": ("признак зарубежной активности", "mark of a foreign activity"),
    "accreditation": ("аккредитация", "accreditation"),
    "credits": ("баллы", "credits"),
    "held_on": ("дата проведения", "date held"),
    "completed_on": ("дата завершения", "date of completion"),
    "starts_on": ("дата начала цикла", "start date of the cycle"),
    "ends_on": ("дата конца цикла", "end date of the cycle"),
    "registered_at": ("время регистрации", "time of registration"),
    "changed_at": ("время изменения", "time of the change"),
    "closed_at": ("время закрытия", "time of closing"),
    "reopened_at": ("время повторного открытия", "time of reopening"),
    "activated_at": ("время ввода кода", "time of activation"),
    "requested_at": ("время запроса", "time of the request"),
    "confirmed_at": ("время подтверждения", "time of confirmation"),
    "declined_at": ("время отказа от связи", "time of declining"),
    "reversed_at": ("время отмены", "time of the reversal"),
    "applied_at": ("время показа", "time of showing"),
    "refused_at": ("время отказа", "time of the refusal"),
    "withdrawn_at": ("время снятия аккредитации", "time of the withdrawal"),
    "revoked_at": ("время отзыва", "time of the revocation"),
}
"""The message itself, and every field that the service reads, by its own name.

In Russian dates are feminine and times neuter, as KIND_WORDS needs them.
"""

SENDERS: Final[Mapping[str, tuple[str, str]]] = {
    "/portals/sovetnmo": ("sovetnmo", "sovetnmo"),
    "/portals/edu": ("edu", "edu"),
    "/catalogue": ("каталог", "the catalogue"),
    "/support": ("поддержка", "support"),
}

KIND_WORDS: Final[Mapping[Kind, tuple[str, str]]] = {
    Kind.MISSING: ("нет обязательного поля: {field}", "a required field is missing: {field}"),
    Kind.NULL: ("обязательное поле пусто (null): {field}", "a required field is null: {field}"),
    Kind.TYPE: ("{field}: не тот тип", "{field}: wrong type"),
    Kind.EMPTY: ("{field}: пустой текст", "{field}: the text is empty"),
    Kind.TOO_LONG: ("{field}: слишком длинный текст", "{field}: the text is too long"),
    Kind.NUL: ("{field}: в тексте знак U+0000", "{field}: the text holds U+0000"),
    Kind.SURROGATE: ("{field}: в тексте половина суррогатной пары", "{field}: the text holds a lone surrogate"),
    Kind.CHOICE: ("{field}: не из перечня", "{field}: not one of those allowed"),
    Kind.RESERVED: ("{field}: имя, какие бывают только у стёртых", "{field}: a name that only what was erased has"),
    Kind.NEGATIVE: ("{field}: число меньше нуля", "{field}: the number is negative"),
    Kind.TOO_LARGE: ("{field}: число слишком велико", "{field}: the number is too large"),
    Kind.DATE_FORM: ("{field} записана не как ГГГГ-ММ-ДД", "{field} is not written as YYYY-MM-DD"),
    Kind.DATE_UNKNOWN: ("{field}: такого дня нет в календаре", "{field}: the calendar has no such day"),
    Kind.INSTANT_FORM: ("{field} записано не как ГГГГ-ММ-ДДTчч:мм:сс±чч:мм", "{field} is not an RFC 3339 time"),
    Kind.INSTANT_OFFSET: ("{field} записано без часового пояса", "{field} has no offset"),
    Kind.INSTANT_UNKNOWN: ("{field}: такого времени не бывает", "{field}: there is no such time"),
    Kind.INSTANT_AHEAD: ("{field} впереди нашего", "{field} is ahead of ours"),
    Kind.SNILS_DIGITS: ("в СНИЛС не 11 цифр", "a СНИЛС has 11 digits"),
    Kind.SNILS_CHECKSUM: ("СНИЛС с неверной контрольной суммой", "the СНИЛС checksum is wrong"),
    Kind.CODE_MALFORMED: ("есть неверные коды, и ни один код не принят", "some codes are malformed, so none is taken"),
    Kind.CODES_TOO_MANY: ("слишком много кодов", "too many codes"),
    Kind.TYPE_UNKNOWN: ("тип, которого служба не знает", "a type that the service does not know"),
    Kind.SOURCE_UNKNOWN: ("отправитель, которого служба не знает", "a sender that the service does not know"),
    Kind.SOURCE_NOT_ALLOWED: (
        "отправитель не тот: такие сообщения присылает другой",
        "the wrong sender: somebody else sends such messages",
    ),
    Kind.SOURCE_ELSEWHERE: ("отправитель не тот: сюда присылает другой", "the wrong sender: somebody else sends here"),
    Kind.CONTENT_TYPE: ("содержимое не JSON", "the content is not JSON"),
    Kind.TOO_BIG: ("размер больше разрешённого", "the size is over the limit"),
    Kind.TOO_DEEP: ("вложенность слишком глубока", "the nesting is too deep"),
    Kind.NOT_UTF_8: ("текст не в UTF-8", "the text is not UTF-8"),
    Kind.NOT_JSON: ("содержимое не JSON", "the content is not JSON"),
    Kind.NOT_JSON_NUMBER: ("вместо числа NaN или Infinity", "NaN or Infinity instead of a number"),
    Kind.MORE: ("ошибок слишком много", "too many errors"),
}
"""What messages with the same kind of fault have in common; in Russian it goes after «В 4 из них»."""


def field_words(path: str) -> tuple[str, str]:
    """What people call the field that a dotted path leads to; one that nobody knows stands for itself."""
    return FIELDS.get(path.rpartition(".")[2], (path, path))
