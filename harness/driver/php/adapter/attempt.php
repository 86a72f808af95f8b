<?php
/* One attempt, in a process of its own: a client, its commands, and the end of both. */

use MongoDB\Driver\Command;
use MongoDB\Driver\Exception;
use MongoDB\Driver\Manager;
use MongoDB\Driver\Query;

final class Attempt
{
    private Watch $watch;

    /** @param resource $to takes parts of the answer, a line each; $log: an empty directory */
    public function __construct(private $to, private readonly string $log)
    {
    }

    public function make(array $request): void
    {
        putenv('MONGOTLS_DIAL=' . ($request['Dial'] ?? '')); // heeded by libmongoc's resolve.c
        $uri = (string) ($request['URI'] ?? '');
        $patience = preg_match('/[?&]connectTimeoutMS=(\d+)/i', $uri, $match) ? (int) $match[1] : 10000;
        $this->watch = new Watch($this->say(...), new Log($this->log), $patience);
        $manager = null;
        $began = 0;
        try {
            $manager = new Manager($uri, ...options($request['Code'] ?? []));
            $this->watch->made();
            $this->say(['Stage' => 'connect']);
            $failed = null; // what the last command failed of
            foreach ($request['Do'] ?? [['DB' => 'admin', 'JSON' => '{"ping": 1}']] as $i => $do) {
                $this->say(['Stage' => 'connect', 'Command' => $i]);
                $began = $this->watch->elapsed();
                $this->watch->begins();
                try {
                    $this->say(['Replies' => [run($manager, $do)]]);
                    $failed = null;
                } catch (Exception\Exception $failed) {
                    if (!($request['GoOn'] ?? false)) {
                        break;
                    }
                    $reason = $this->describe($failed, '', $this->watch->elapsed() - $began)['Reason'];
                    $this->say(['Failures' => [['Command' => $i, 'Reason' => $reason]]]);
                }
            }
            if ($failed !== null) {
                throw $failed;
            }
            $this->watch->end();
            $this->say(['OK' => true, 'ElapsedMS' => $this->watch->elapsed()]);
        } catch (Exception\Exception $e) {
            $error = $this->describe($e, $manager ? '' : $uri, $this->watch->elapsed() - $began);
            $this->watch->end();
            $this->say(['Error' => $error, 'ElapsedMS' => $this->watch->elapsed()]);
        } catch (Throwable $e) { // a fault of ours
            $this->say(['Failed' => $e->getMessage()]);
            return;
        }
        $ended = $this->watch->elapsed();
        unset($manager, $e, $failed);
        $this->say(['CloseMS' => $this->watch->elapsed() - $ended]);
    }

    private function say(array $part): void
    {
        put($this->to, encode($part));
    }

    /** What an answer says of an exception of the driver. $resolving is the connection string, if that was being made a client of. */
    private function describe(Throwable $surface, string $resolving, int $ms): array
    {
        $failure = ['exception' => $surface, 'Logged' => $this->watch->logged(), 'Late' => $this->watch->late($ms)];
        if ($surface instanceof Exception\ConnectionTimeoutException && $surface->getCode() === SELECTION) {
            $failure = $this->watch->cause() ?? $failure;
        }
        $decisive = $failure['exception'];
        $chain = [];
        for ($e = $decisive; $e; $e = $e->getPrevious()) {
            $chain[] = $e::class;
        }
        $error = ['Text' => $decisive->getMessage(), 'Surface' => $surface->getMessage(), 'Chain' => $chain,
            'Labels' => ((array) $surface)["\0*\0errorLabels"] ?? [],
            'Network' => $decisive instanceof Exception\ConnectionException,
            'Timeout' => $decisive instanceof Exception\ConnectionTimeoutException || $decisive instanceof Exception\ExecutionTimeoutException];
        $reply = 0;
        for ($e = $decisive; $e && !$reply; $e = $e->getPrevious()) { // that of a refused login however deep it is wrapped
            if ($e instanceof Exception\ServerException && ($e === $decisive || in_array($e->getCode(), LOGIN, true))) {
                $reply = $error['Code'] = $e->getCode();
                $error['CodeName'] = $e instanceof Exception\CommandException ? $e->getResultDocument()->codeName ?? '' : '';
            }
        }
        $error['Reason'] = reason(['Class' => $decisive::class, 'Code' => $decisive->getCode(), 'Text' => $decisive->getMessage(),
            'Reply' => $reply, 'Resolving' => str_starts_with($resolving, 'mongodb+srv:')] + $failure);
        return $error;
    }
}

/** One command, and its reply. A find is the driver's own read, which it tries again where the specification says so. */
function run(Manager $manager, array $do): string
{
    $command = read($do['JSON']);
    $find = array_keys((array) $command) === ['find'];
    $documents = ($find ? $manager->executeQuery("{$do['DB']}.{$command->find}", new Query([]))
        : $manager->executeCommand($do['DB'], new Command($command)))->toArray();
    $reply = !$find && isset($documents[0]->ok); // of a command that has a cursor the driver gives what that finds
    return write($reply ? $documents[0] : (object) ['found' => $documents]);
}

/** A document of extended JSON. Since 1.16 there is a class for it, and since 2.0 nothing else. */
function read(string $json): object
{
    return class_exists('MongoDB\BSON\Document') ? MongoDB\BSON\Document::fromJSON($json)->toPHP()
        : MongoDB\BSON\toPHP(MongoDB\BSON\fromJSON($json));
}

/** A document as relaxed extended JSON. */
function write(object $document): string
{
    return class_exists('MongoDB\BSON\Document') ? MongoDB\BSON\Document::fromPHP($document)->toRelaxedExtendedJSON()
        : MongoDB\BSON\toRelaxedExtendedJSON(MongoDB\BSON\fromPHP($document));
}

/** The options of a Manager in code: those of the URI, and the driver's own. */
function options(array $code): array
{
    $options = [];
    $driver = ['disableClientPersistence' => true];
    foreach ($code as $name => $value) {
        switch ($name) {
            case 'tlsForceClientCertificate': // that is what it always does
                break;
            case 'tlsCRLFile':
                $driver['crl_file'] = $value;
                break;
            default:
                $options[$name] = ['true' => true, 'false' => false][$value] ?? $value;
        }
    }
    return [$options, $driver];
}
