<?php
/* The adapter of PHP's extension mongodb. docs/adapters.md says what an adapter must do.
 *
 * It reads requests, and makes each attempt in a child of its own: the driver blocks until it is done, keeps clients for the next
 * request of a process, and libmongoc in it keeps answers of OCSP responders. A child says what it sees as it sees it, so that
 * this process can answer for one that hangs or crashes. */
declare(strict_types=1);
error_reporting(E_ALL);
ini_set('display_errors', 'stderr');
ini_set('html_errors', '0');
ini_set('memory_limit', '-1');

foreach (['mongodb', 'pcntl', 'posix'] as $extension) {
    if (!extension_loaded($extension)) {
        fwrite(STDERR, 'this PHP ' . PHP_VERSION . " does not have the extension $extension\n");
        exit(1);
    }
}
require __DIR__ . '/reason.php';
require __DIR__ . '/log.php';
require __DIR__ . '/watch.php';
require __DIR__ . '/attempt.php';
require __DIR__ . '/info.php';

if (($argv[1] ?? '') === 'reasons') { // of the recorded failures on standard input
    while (($line = fgets(STDIN)) !== false) {
        echo reason(json_decode($line, true)), "\n";
    }
    exit(0);
}

fclose(STDIN); // where OpenSSL asks for a pass phrase
$nothing = fopen('/dev/null', 'r'); // which takes its place

const LONGEST = 16 << 20; // bytes of a request
const CLOSING = 2.0; // seconds that a client has to close

function encode(array $value): string
{
    return json_encode($value, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE) . "\n";
}

/** Writes all of a text; nobody listens if it cannot. */
function put($stream, string $text): void
{
    for ($done = 0; $done < strlen($text); $done += $wrote) {
        $wrote = @fwrite($stream, substr($text, $done, 1 << 16));
        if (!$wrote) {
            exit(1);
        }
    }
}

function now(): float
{
    return hrtime(true) / 1e9;
}

/** What arrives on a stream, as lines. */
final class Lines
{
    public bool $ended = false;
    private string $rest = '';
    private int $searched = 0;
    private bool $dropping = false; // the rest of a line that is too long

    public function __construct(public readonly mixed $stream)
    {
        stream_set_blocking($stream, false);
        stream_set_read_buffer($stream, 0);
    }

    /** Reads once and returns the lines that are complete; null for one that is too long. */
    public function read(): array
    {
        $got = fread($this->stream, 1 << 20);
        $this->ended = ($got === '' || $got === false) && feof($this->stream);
        $this->rest .= (string) $got;
        $lines = [];
        $from = 0;
        while (($end = strpos($this->rest, "\n", max($from, $this->searched))) !== false) {
            $lines[] = $this->dropping || $end - $from > LONGEST ? null : substr($this->rest, $from, $end - $from);
            $this->dropping = false;
            $from = $end + 1;
        }
        $this->rest = substr($this->rest, $from);
        $this->searched = strlen($this->rest);
        if ($this->dropping || $this->searched > LONGEST) {
            $this->dropping = true;
            $this->rest = '';
            $this->searched = 0;
        }
        return $lines;
    }
}

/** An attempt that is under way in a child. */
final class Running
{
    public array $answer;
    public Lines $said;
    public bool $cancelled = false;
    private int $pid;
    private float $began;
    private ?float $deadline; // null for none
    private string $log;

    /** @param Running[] $others */
    public function __construct(private readonly array $request, array $others)
    {
        $this->began = now();
        $limit = $request['LimitMS'] ?? 0;
        $this->deadline = $limit > 0 ? $this->began + $limit / 1000 : null;
        $this->answer = ['ID' => (string) $request['ID'], 'OK' => false, 'Stage' => 'configure', 'Command' => 0, 'Stopped' => 'returned'];
        $this->log = Log::directory();
        [$ours, $theirs] = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, STREAM_IPPROTO_IP);
        $this->pid = pcntl_fork();
        if ($this->pid === 0) {
            fclose($ours);
            foreach ($others as $other) {
                fclose($other->said->stream);
            }
            (new Attempt($theirs, $this->log))->make($this->request);
            posix_kill(posix_getpid(), SIGKILL); // without the noise of a PHP that ends
        }
        fclose($theirs);
        $this->said = new Lines($ours);
    }

    /** Reads what the child says. */
    public function read(): void
    {
        foreach ($this->said->read() as $line) {
            foreach (json_decode((string) $line, true) ?? [] as $key => $value) {
                $list = in_array($key, ['Events', 'Warnings', 'Replies', 'Failures'], true);
                $this->answer[$key] = $list ? [...($this->answer[$key] ?? []), ...$value] : $value;
            }
            if (isset($this->answer['ElapsedMS'])) {
                $this->deadline ??= now() + CLOSING;
                $this->deadline = min($this->deadline, now() + CLOSING);
            }
        }
    }

    /** Seconds until somebody must look, null for never. */
    public function left(): ?float
    {
        return $this->deadline === null ? null : max(0, $this->deadline - now());
    }

    /** Whether its time is over. */
    public function late(): bool
    {
        return $this->deadline !== null && now() >= $this->deadline;
    }

    public function kill(): void
    {
        posix_kill($this->pid, SIGKILL);
    }

    /** The reply, once the child has ended. */
    public function reply(): array
    {
        $late = $this->late();
        $this->kill();
        pcntl_waitpid($this->pid, $status);
        fclose($this->said->stream);
        Log::remove($this->log);
        $a = $this->answer;
        $elapsed = (int) ceil(1000 * (now() - $this->began));
        if (isset($a['ElapsedMS'])) {
            $a['CloseMS'] ??= $elapsed - $a['ElapsedMS'];
        } elseif ($this->cancelled) {
            return ['ID' => $a['ID'], 'Error' => 'cancelled'];
        } elseif ($late) {
            $text = 'the limit of the attempt ran out';
            $a = ['OK' => false, 'Stopped' => 'limit', 'ElapsedMS' => $elapsed] + $a
                + ['Error' => ['Reason' => 'timeout', 'Text' => $text, 'Surface' => $text, 'Chain' => [$text]]];
        } elseif (pcntl_wifsignaled($status) && pcntl_wtermsig($status) !== SIGKILL) {
            $signal = pcntl_wtermsig($status);
            $text = "the driver crashed: signal $signal";
            $a = ['OK' => false, 'ElapsedMS' => $elapsed, 'Error' => ['Reason' => 'crashed', 'Text' => $text, 'Surface' => $text,
                'Chain' => ["signal $signal"]]] + $a;
        } else {
            return ['ID' => $a['ID'], 'Error' => $a['Failed'] ?? 'the attempt ended without an answer'];
        }
        if ($a['OK']) {
            unset($a['Stage'], $a['Error']);
        }
        return ['Answer' => $a];
    }
}

/** Serves requests until there are no more. */
function serve(): void
{
    $in = new Lines(fopen('php://fd/3', 'r'));
    $info = info();
    $running = [];
    $reply = fn(array $r) => put(STDOUT, encode($r));
    while (!$in->ended) {
        $read = [$in->stream, ...array_map(fn($r) => $r->said->stream, array_values($running))];
        $write = $except = null;
        $left = array_filter(array_map(fn($r) => $r->left(), $running), fn($l) => $l !== null);
        $wait = $left ? min($left) : 3600.0;
        stream_select($read, $write, $except, (int) $wait, (int) (fmod($wait, 1) * 1e6) + 1);
        foreach ($running as $id => $r) {
            if (in_array($r->said->stream, $read, true)) {
                $r->read();
            }
            if ($r->said->ended || $r->late()) {
                unset($running[$id]);
                $reply($r->reply());
            }
        }
        if (!in_array($in->stream, $read, true)) {
            continue;
        }
        foreach ($in->read() as $line) {
            $q = $line === null ? null : json_decode($line, true);
            $op = is_array($q) ? $q['Op'] ?? '' : '';
            $id = is_array($q) && is_string($q['ID'] ?? null) ? $q['ID'] : '';
            $request = is_array($q) && is_array($q['Request'] ?? null) ? $q['Request'] : [];
            if (!is_array($q)) {
                $reply(['Error' => 'no request: ' . ($line === null ? 'the line is too long' : 'not a JSON object')]);
            } elseif ($op === 'info') {
                $reply(['Info' => $info]);
            } elseif ($op === 'do' && isset($request['ID'])) {
                $running['#' . $request['ID']] = new Running($request, $running);
            } elseif ($op === 'cancel') {
                if ($r = $running["#$id"] ?? null) {
                    $r->cancelled = true;
                    $r->kill();
                }
            } else {
                $reply(['ID' => $id, 'Error' => 'unsupported']);
            }
        }
    }
    foreach ($running as $r) {
        $r->reply();
    }
}

serve();
