<?php
/* What the driver logs. Its text tells more than its errors: which file cannot be used, and what OCSP found. All versions have the
 * setting mongodb.debug, which names a directory, and makes a file there. */

final class Log
{
    /** @var resource */
    private $file;

    /** Starts logging to a file of a directory, which is empty. */
    public function __construct(string $directory)
    {
        ini_set('mongodb.debug', $directory);
        $files = glob("$directory/*");
        $this->file = fopen($files[0], 'r');
    }

    /** A new directory, which nobody else may read. */
    public static function directory(): string
    {
        $name = sys_get_temp_dir() . '/mongotls-php-' . bin2hex(random_bytes(8));
        mkdir($name, 0700);
        return $name;
    }

    /** Removes a directory. */
    public static function remove(string $directory): void
    {
        array_map(unlink(...), glob("$directory/*"));
        rmdir($directory);
    }

    /** What has been logged since it was last asked, as pairs of a level ("ERROR") and a text. */
    public function fresh(): array
    {
        $found = [];
        $text = stream_get_contents($this->file, -1, ftell($this->file));
        foreach (explode("\n", rtrim($text, "\n")) as $line) {
            if (preg_match('/^\[[^\]]*\] +\S+: (\w+) *> (.*)$/', $line, $match)) {
                $found[] = [$match[1], $match[2]];
            } elseif ($found && $line !== '') { // a text of several lines
                $found[array_key_last($found)][1] .= "\n$line";
            }
        }
        return $found;
    }
}
