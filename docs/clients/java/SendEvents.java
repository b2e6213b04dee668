import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Sends the events of an NDJSON file to the synchronization service over HTTP, and goes on where it stopped.
 *
 * <pre>PORTAL_URL=https://sync.example.org PORTAL_TOKEN=sync_edu_… java SendEvents.java events.ndjson</pre>
 *
 * How far it came stands in events.ndjson.sent (bytes). The answers to requests with invalid events are added to
 * events.ndjson.invalid; their receipts name every error, and count events from 0 within the request. Needs Java 17 or
 * newer and nothing else. A client certificate is given as for any Java program: -Djavax.net.ssl.keyStore=… and so on.
 * Exit code 0: all is safe; 1: some events were invalid; 2: the service refused, and the same again would not help.
 */
public final class SendEvents {
    static final int EVENTS_PER_REQUEST = 500;
    static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(60);
    static final double PAUSE_MAX_S = 60;
    /** Nothing was acknowledged, and the same request may succeed later. */
    static final Set<Integer> COMES_AGAIN = Set.of(408, 429, 500, 502, 503, 504);
    /** The count of invalid events stands before the receipts. */
    static final Pattern INVALID = Pattern.compile("\"invalid\":(\\d+)");

    private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final URI address = URI.create(env("PORTAL_URL").replaceAll("/$", "") + "/portal/v1/events");
    private final String token = env("PORTAL_TOKEN");

    public static void main(String[] arguments) throws IOException, InterruptedException {
        System.exit(new SendEvents().send(Path.of(arguments[0])) ? 0 : 1);
    }

    /** Send the whole file; whether every event was valid. */
    boolean send(Path file) throws IOException, InterruptedException {
        Path sent = Path.of(file + ".sent");
        Path invalid = Path.of(file + ".invalid");
        boolean allValid = true;
        try (RandomAccessFile events = new RandomAccessFile(file.toFile(), "r")) {
            long offset = Files.exists(sent) ? Long.parseLong(Files.readString(sent).strip()) : 0;
            while (true) {
                byte[] lines = nextLines(events, offset);
                if (lines.length == 0) {
                    return allValid;
                }
                String answer = deliver(lines);
                Matcher count = INVALID.matcher(answer);
                if (!count.find() || !count.group(1).equals("0")) {
                    allValid = false;
                    Files.writeString(
                            invalid, answer + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
                }
                offset += lines.length;
                remember(sent, offset);
            }
        }
    }

    /** Read the lines of the next request; one that has not ended yet is left for another time. */
    static byte[] nextLines(RandomAccessFile events, long offset) throws IOException {
        java.io.ByteArrayOutputStream lines = new java.io.ByteArrayOutputStream();
        byte[] block = new byte[64 * 1024];
        int whole = 0;
        int count = 0;
        events.seek(offset);
        for (int read = events.read(block); read > 0; read = events.read(block)) {
            for (int place = 0; place < read; place++) {
                lines.write(block[place]);
                if (block[place] == '\n') {
                    whole = lines.size();
                    count++;
                    if (count == EVENTS_PER_REQUEST) {
                        return lines.toByteArray();
                    }
                }
            }
        }
        return java.util.Arrays.copyOf(lines.toByteArray(), whole);
    }

    /** Send until the service has the events, however often that takes; sending twice does no harm. */
    String deliver(byte[] lines) throws InterruptedException {
        for (int attempt = 1; ; attempt++) {
            Optional<String> retryAfter = Optional.empty();
            try {
                HttpResponse<String> answer = client.send(request(lines), HttpResponse.BodyHandlers.ofString());
                int status = answer.statusCode();
                if (status == 202 || status == 422) { // 422: every event is invalid
                    return answer.body();
                }
                if (!COMES_AGAIN.contains(status)) {
                    System.err.println("refused with " + status + ": " + answer.body());
                    System.exit(2);
                }
                retryAfter = answer.headers().firstValue("Retry-After");
            } catch (IOException lost) {
                // The network, or the service is being restarted: nobody knows whether it has them.
            }
            pause(attempt, retryAfter);
        }
    }

    HttpRequest request(byte[] lines) {
        return HttpRequest.newBuilder(address)
                .timeout(ANSWER_TIMEOUT)
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/x-ndjson")
                .POST(HttpRequest.BodyPublishers.ofByteArray(lines))
                .build();
    }

    /** Wait as long as the service asks, or longer each time, never in step with other senders. */
    static void pause(int attempt, Optional<String> retryAfter) throws InterruptedException {
        double growing = Math.min(PAUSE_MAX_S, Math.pow(2, Math.min(attempt, 6)) / 2);
        double seconds = retryAfter.map(Double::parseDouble).orElse(growing);
        Thread.sleep((long) (seconds * 1000 * (1 + ThreadLocalRandom.current().nextDouble() / 2)));
    }

    /** Note how far it came, whole or not at all. */
    static void remember(Path sent, long offset) throws IOException {
        Path fresh = Path.of(sent + ".new");
        Files.writeString(fresh, Long.toString(offset), StandardCharsets.US_ASCII);
        Files.move(fresh, sent, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    private static String env(String name) {
        String value = System.getenv(name);
        if (value == null) {
            System.err.println(name + " is not set");
            System.exit(2);
        }
        return value;
    }
}
