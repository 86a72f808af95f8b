<?php
/* What becomes of the one client of a process: its events, and what the driver logs. */

use MongoDB\Driver\Monitoring as Events;

/** A server as the client has come to know it. */
final class KnownServer
{
    public bool $known = true; // a member of the topology now
    public bool $succeeded = false; // in a check, ever
    public ?array $why = null; // it has failed: the first failure, as reason() takes it, with its exception
}

final class Watch implements Events\SDAMSubscriber, Events\CommandSubscriber
{
    public bool $sent = false; // the command that is under way
    private readonly float $began;
    private array $warned = [];
    private ?string $logged = null; // the first error of the check or command that is under way
    private ?string $made = null; // the first error of making the client, which stays with it
    private bool $over = false;
    /** @var KnownServer[] by host and port, in the order of the connection string */
    private array $servers = [];

    /** @param Closure $say takes a part of an answer; $patience: ms that the driver waits for a connection */
    public function __construct(private readonly Closure $say, private readonly Log $log, private readonly int $patience)
    {
        $this->began = now();
        Events\addSubscriber($this);
        set_error_handler(function (int $level, string $text) {
            $this->warn($text);
            return true;
        });
    }

    public function elapsed(): int
    {
        return (int) ceil(1000 * (now() - $this->began)); // libmongoc cuts its waits to whole milliseconds
    }

    /** The client has been made. What was wrong with its files has been logged, and is known to no error. */
    public function made(): void
    {
        $this->made = $this->logged();
    }

    /** The first error that was logged since the check or the command began, or of making the client. */
    public function logged(): ?string
    {
        foreach ($this->log->fresh() as [$level, $text]) {
            if (in_array($level, ['ERROR', 'CRITICAL', 'WARNING'], true)) {
                $this->warn($text);
            }
            if (in_array($level, ['ERROR', 'CRITICAL'], true)) {
                $this->logged ??= $text;
            }
        }
        return $this->logged ?? $this->made;
    }

    /** A command of the application begins. */
    public function begins(): void
    {
        $this->forget();
        $this->sent = false;
    }

    /** Whether it took about as long as the driver waits for a connection. */
    public function late(float $ms): bool
    {
        return $ms >= $this->patience * 0.9;
    }

    /** Why there is no server: the failure of the first one of the connection string. */
    public function cause(): ?array
    {
        foreach ($this->servers as $s) {
            if ($s->known && $s->why && !$s->succeeded) {
                return $s->why;
            }
        }
        return null;
    }

    /** What follows is the noise of closing. */
    public function end(): void
    {
        $this->logged();
        $this->over = true;
    }

    private function forget(): void
    {
        $this->logged();
        $this->logged = null;
    }

    private function warn(string $text): void
    {
        if (!$this->over && !in_array($text, $this->warned, true)) { // each once, however often a check is made again
            $this->warned[] = $text;
            ($this->say)(['Warnings' => [$text]]);
        }
    }

    private function note(string $kind, object $event, string $text = ''): void
    {
        if (!$this->over) {
            ($this->say)(['Events' => [['Kind' => $kind, 'Server' => $this->address($event), 'Text' => $text,
                'AtMS' => $this->elapsed()]]]);
        }
    }

    private function server(object $event): KnownServer
    {
        return $this->servers[$this->address($event)] ??= new KnownServer();
    }

    private function address(object $event): string
    {
        return $event->getHost() . ':' . $event->getPort();
    }

    public function serverOpening(Events\ServerOpeningEvent $event): void
    {
        $this->server($event)->known = true;
    }

    public function serverClosed(Events\ServerClosedEvent $event): void
    {
        $this->server($event)->known = false;
    }

    public function serverHeartbeatStarted(Events\ServerHeartbeatStartedEvent $event): void
    {
        $this->forget();
    }

    public function serverHeartbeatSucceeded(Events\ServerHeartbeatSucceededEvent $event): void
    {
        $this->server($event)->succeeded = true;
        $this->note('heartbeat-succeeded', $event);
    }

    public function serverHeartbeatFailed(Events\ServerHeartbeatFailedEvent $event): void
    {
        $error = $event->getError();
        $this->server($event)->why ??= ['exception' => $error, 'Logged' => $this->logged(),
            'Late' => $this->late($event->getDurationMicros() / 1000)];
        $this->note('heartbeat-failed', $event, $error->getMessage());
    }

    public function commandStarted(Events\CommandStartedEvent $event): void
    {
        $this->sent = true;
        ($this->say)(['Stage' => 'command']);
    }

    public function commandSucceeded(Events\CommandSucceededEvent $event): void
    {
    }

    public function commandFailed(Events\CommandFailedEvent $event): void
    {
    }

    public function serverChanged(Events\ServerChangedEvent $event): void
    {
    }

    public function topologyChanged(Events\TopologyChangedEvent $event): void
    {
    }

    public function topologyClosed(Events\TopologyClosedEvent $event): void
    {
    }

    public function topologyOpening(Events\TopologyOpeningEvent $event): void
    {
    }
}
