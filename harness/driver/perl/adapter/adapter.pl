# The adapter of the Perl driver. docs/adapters.md says what an adapter must do.
#
# It reads requests, and makes each attempt in a child of its own: the driver blocks until it is done.
use strict;
use warnings;

BEGIN {
    # Only the modules of the Perl that was asked for, and none of the machine.
    @INC = split /:/, $ENV{PERL5LIB} if $ENV{PERL5LIB};
    require File::Basename;
    push @INC, File::Basename::dirname(__FILE__);
}

use IO::Select;
use JSON::PP;
use POSIX ();
use MongoDB;

use Reason;
use Names;
use Info;
use Attempt;

my $LONGEST = 16 << 20;    # bytes of a request
my $json = JSON::PP->new->utf8->canonical->allow_nonref;

if (($ARGV[0] // '') eq 'reasons') {    # of the recorded failures on standard input
    while (my $line = <STDIN>) {
        my $f = $json->decode($line);
        print Reason::of(@$f{qw(stage code class text)}), "\n";
    }
    exit;
}

open my $in, '<&=', 3 or die "no file descriptor 3: $!\n";
open my $out, '>&', \*STDOUT or die $!;
open STDOUT, '>&', \*STDERR or die $!;        # where everybody else prints
open STDIN, '<', '/dev/null' or die $!;       # where OpenSSL asks for a pass phrase
$SIG{PIPE} = 'IGNORE';

my %running;    # by request id: pid, from, answer, cancelled
my ($rest, $dropping) = ('', 0);
my $info = Info::all();
Attempt::warm();

sub reply { put($json->encode(shift) . "\n") }

# Writes all of a text; nobody listens if it cannot.
sub put {
    my $text = shift;
    for (my $done = 0; $done < length $text;) {
        my $wrote = syswrite $out, $text, length($text) - $done, $done;
        POSIX::_exit(1) unless $wrote;
        $done += $wrote;
    }
}

sub start {
    my $request = shift;
    my $id = $request->{ID};
    return reply({ID => $id, Error => 'a request with this ID is under way'}) if $running{$id};
    pipe(my $from, my $to) or return reply({ID => $id, Error => "$!"});
    my $pid = fork;
    return reply({ID => $id, Error => "$!"}) unless defined $pid;
    if ($pid == 0) {
        close $from;
        close $in;
        my $answer = eval { Attempt->new($request, $to)->answer } || {ID => $id, Error => "$@"};
        Attempt::finish($to, $answer);
    }
    close $to;
    $running{$id} = {pid => $pid, from => $from, answer => ''};
}

# Passes on the answer of a child that has closed its end, or how it ended.
sub ended {
    my $id = shift;
    my $r = delete $running{$id};
    waitpid $r->{pid}, 0;
    my $signal = $? & 127;
    return put($r->{answer}) if $r->{answer} =~ /\n\z/;
    return reply({ID => $id, Error => 'the attempt ended without an answer'}) if $r->{cancelled} || !$signal;
    my $text = "the driver crashed: signal $signal";
    reply({Answer => {ID => $id, OK => JSON::PP::false, Stage => 'connect', Stopped => 'returned',
        Error => {Reason => 'crashed', Text => $text, Surface => $text, Chain => [$text]}}});
}

sub serve {
    my $line = shift;
    my $q = eval { $json->decode($line) };
    return reply({Error => 'no request: not a JSON object'}) unless ref $q eq 'HASH';
    my ($op, $id, $request) = ($q->{Op} // '', $q->{ID} // '', $q->{Request});
    return reply({Info => $info}) if $op eq 'info';
    return start($request) if $op eq 'do' && ref $request eq 'HASH' && defined $request->{ID};
    if ($op eq 'cancel') {
        my $r = $running{$id} or return;
        $r->{cancelled} = 1;
        kill KILL => $r->{pid};
        return;
    }
    reply({ID => $id, Error => 'unsupported'});
}

# Serves the lines that are complete. Of one that is too long the rest is dropped as it comes.
sub read_lines {
    my $got = sysread $in, $rest, 1 << 20, length $rest;
    return unless $got;
    while ((my $end = index $rest, "\n") >= 0) {
        my $line = substr $rest, 0, $end + 1, '';
        $dropping || $end > $LONGEST ? reply({Error => 'no request: the line is too long'}) : serve($line);
        $dropping = 0;
    }
    if ($dropping || length($rest) > $LONGEST) {
        ($dropping, $rest) = (1, '');
    }
    return 1;
}

while (1) {
    my %of = map { fileno($running{$_}{from}) => $_ } keys %running;
    my $select = IO::Select->new($in, map { $_->{from} } values %running);
    for my $handle ($select->can_read) {
        if ($handle == $in) {
            next if read_lines();
            kill KILL => map { $_->{pid} } values %running;
            waitpid $_->{pid}, 0 for values %running;
            POSIX::_exit(0);
        }
        my $id = $of{fileno $handle};
        sysread($handle, $running{$id}{answer}, 1 << 20, length $running{$id}{answer}) or ended($id);
    }
}
