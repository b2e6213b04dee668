<?php

/*
 * Sends the events of an NDJSON file to the synchronization service over HTTP, and goes on where it stopped.
 *
 *     PORTAL_URL=https://sync.example.org PORTAL_TOKEN=sync_edu_… php send_events.php events.ndjson
 *
 * How far it came stands in events.ndjson.sent (bytes), and what was invalid in events.ndjson.invalid, an event a line
 * with its errors. Needs PHP 8.0 or newer with its curl extension and nothing else. Exit code 0: all is safe; 1: some
 * events were invalid; 2: the service refused, and sending the same again would not help.
 */

declare(strict_types=1);

const EVENTS_PER_REQUEST = 500;
const ANSWER_TIMEOUT_S = 60;
const PAUSE_MAX_S = 60;
// Nothing was acknowledged, and the same request may succeed later; 0 is a lost connection.
const COMES_AGAIN = [0, 408, 429, 500, 502, 503, 504];

exit(send($argv[1]));

/** Send the whole file; the exit code. */
function send(string $file): int
{
    $hasInvalid = false;
    $events = fopen($file, 'rb');
    if ($events === false) {
        return 2;
    }
    fseek($events, is_file("$file.sent") ? (int) file_get_contents("$file.sent") : 0);
    while (($lines = nextLines($events)) !== []) {
        $sent = array_values(array_filter($lines, fn (string $line): bool => trim($line) !== ''));
        foreach (deliver(implode('', $lines)) as $receipt) {
            if ($receipt['status'] === 'invalid') {
                $hasInvalid = true;
                $rejected = ['errors' => $receipt['errors'], 'event' => $sent[$receipt['index']]];
                $flags = JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE;
                file_put_contents("$file.invalid", json_encode($rejected, $flags) . "\n", FILE_APPEND);
            }
        }
        remember("$file.sent", (int) ftell($events));
    }
    return $hasInvalid ? 1 : 0;
}

/**
 * Read the lines of the next request; one that has not ended yet is left for another time.
 *
 * @param resource $events
 * @return list<string>
 */
function nextLines($events): array
{
    $lines = [];
    $start = (int) ftell($events);
    while (count($lines) < EVENTS_PER_REQUEST && ($line = fgets($events)) !== false) {
        if (!str_ends_with($line, "\n")) {
            fseek($events, $start);
            break;
        }
        $lines[] = $line;
        $start = (int) ftell($events);
    }
    return $lines;
}

/** Send until the service has the events, however often that takes; sending twice does no harm. */
function deliver(string $body): array
{
    for ($attempt = 1; ; $attempt++) {
        [$status, $retryAfter, $answer] = post($body);
        if ($status === 202 || $status === 422) { // 422: every event is invalid
            return json_decode($answer, true, 512, JSON_THROW_ON_ERROR)['receipts'];
        }
        if (!in_array($status, COMES_AGAIN, true)) {
            fwrite(STDERR, "refused with $status: $answer\n");
            exit(2);
        }
        $seconds = $retryAfter ?? min(PAUSE_MAX_S, 2 ** min($attempt, 6) / 2);
        usleep((int) ($seconds * 1_000_000 * (1 + mt_rand() / mt_getrandmax() / 2))); // never in step with others
    }
}

/** Send one request; the status (0: nobody knows what became of it), when to come again, and the answer. */
function post(string $body): array
{
    $retryAfter = null;
    $request = curl_init(rtrim((string) getenv('PORTAL_URL'), '/') . '/portal/v1/events');
    $options = [
        CURLOPT_POST => true,
        CURLOPT_POSTFIELDS => $body,
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_TIMEOUT => ANSWER_TIMEOUT_S,
        CURLOPT_HTTPHEADER => [
            'Authorization: Bearer ' . getenv('PORTAL_TOKEN'),
            'Content-Type: application/x-ndjson',
            'Expect:',
        ],
        CURLOPT_HEADERFUNCTION => function ($_, string $header) use (&$retryAfter): int {
            if (preg_match('/^retry-after:\s*(\d+)/i', $header, $found) === 1) {
                $retryAfter = (int) $found[1];
            }
            return strlen($header);
        },
    ];
    foreach (['PORTAL_CA_FILE' => CURLOPT_CAINFO, 'PORTAL_CERT_FILE' => CURLOPT_SSLCERT, 'PORTAL_KEY_FILE' => CURLOPT_SSLKEY] as $name => $option) {
        if (getenv($name) !== false) {
            $options[$option] = getenv($name);
        }
    }
    curl_setopt_array($request, $options);
    $answer = curl_exec($request);
    if ($answer === false) {
        return [0, null, curl_error($request)];
    }
    return [curl_getinfo($request, CURLINFO_RESPONSE_CODE), $retryAfter, (string) $answer];
}

/** Note how far it came, whole or not at all. */
function remember(string $sent, int $offset): void
{
    file_put_contents("$sent.new", (string) $offset);
    rename("$sent.new", $sent);
}
