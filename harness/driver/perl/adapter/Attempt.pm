# One attempt, in a process of its own: a client, its commands, and the end of both.
package Attempt;
use strict;
use warnings;
use BSON::Types ();
use JSON::PP;
use MongoDB;
use POSIX ();
use Scalar::Util qw(blessed refaddr);
use Time::HiRes qw(time alarm);
use Tie::IxHash;

use Reason;

my $CLOSING = 2;    # seconds that a client has to close
my @LOGIN = (11, 18);    # UserNotFound, AuthenticationFailed
my $json = JSON::PP->new->utf8->canonical->allow_nonref->allow_blessed->convert_blessed;
our $current;       # the attempt of this process

# A failed attempt to connect is no event of the driver, so what it notes of a server is looked at.
my $note = MongoDB::_Topology->can('_reset_address_to_unknown');
{
    no warnings 'redefine';
    *MongoDB::_Topology::_reset_address_to_unknown = sub {
        my ($self, $address, $error) = @_;
        $current->failed($address, $error) if $current && defined $error;
        $note->(@_);
    };
}

sub new {
    my ($class, $request, $to) = @_;
    $Names::dial = $request->{Dial};
    return $current = bless {request => $request, to => $to, began => time, events => [], warnings => [], replies => [], failures => [],
        stage => 'configure', command => 0, sent => 0, known => [], why => {}, succeeded => {}}, $class;
}

# Loads and compiles what the driver needs only once it connects, which each child would do again.
sub warm {
    local $SIG{__WARN__} = sub { };
    eval { MongoDB::MongoClient->new(host => 'mongodb://127.0.0.1:1/?tls=true')->get_database('admin')->run_command([ping => 1]) };
}

sub elapsed { int(1000 * (time - $_[0]{began})) }

# Sends an answer and ends the process.
sub finish {
    my ($to, $answer) = @_;
    my $text = $json->encode($answer->{Error} && !$answer->{Stage} ? $answer : {Answer => $answer}) . "\n";
    for (my $done = 0; $done < length $text;) {
        $done += syswrite($to, $text, length($text) - $done, $done) || last;
    }
    POSIX::_exit(0);
}

sub answer {
    my $self = shift;
    local $SIG{__WARN__} = sub {
        my $text = shift;
        push @{$self->{warnings}}, $text unless $self->{over} || grep { $_ eq $text } @{$self->{warnings}};
    };
    my $limit = ($self->{request}{LimitMS} || 0) / 1000;
    at(sub { finish($self->{to}, $self->result("the limit of the attempt ran out\n", 'limit')) });
    alarm $limit if $limit;
    my $error = eval { $self->use_client; 1 } ? undef : $@ || 'no error';
    alarm 0;
    my $a = $self->result($error, 'returned');
    my $began = $self->elapsed;
    at(sub { finish($self->{to}, {%$a, CloseMS => $self->elapsed - $began}) });
    alarm $CLOSING;
    $self->{client}->disconnect if $self->{client};
    alarm 0;
    return {%$a, CloseMS => $self->elapsed - $began};
}

# Does something when the alarm goes off: at once, also while OpenSSL waits, and without the driver, which would catch an error.
sub at {
    my $action = POSIX::SigAction->new(shift, POSIX::SigSet->new, 0);
    $action->safe(0);
    POSIX::sigaction(POSIX::SIGALRM(), $action);
}

# The answer to the request, with an error or undef.
sub result {
    my ($self, $error, $stopped) = @_;
    $self->{over} = 1;
    my $a = {ID => $self->{request}{ID}, OK => defined $error ? JSON::PP::false : JSON::PP::true, ElapsedMS => $self->elapsed,
        Stopped => $stopped, Replies => $self->{replies}, Failures => $self->{failures}, Warnings => $self->{warnings},
        Events => $self->{events}};
    if (defined $error) {
        $a->{Stage} = $self->{sent} ? 'command' : $self->{stage};
        $a->{Command} = $self->{command};
        $a->{Error} = $self->describe($error, $stopped);
    }
    return $a;
}

sub use_client {
    my $self = shift;
    my $r = $self->{request};
    my $client = MongoDB::MongoClient->new(host => $r->{URI}, monitoring_callback => sub { $self->event(shift) }, options($r->{Code}));
    $self->{client} = $client;
    $self->{stage} = 'connect';
    my @todo = @{$r->{Do} && @{$r->{Do}} ? $r->{Do} : [{DB => 'admin', JSON => '{"ping": 1}'}]};
    for my $i (0 .. $#todo) {
        $self->{command} = $i;
        $self->{sent} = 0;
        my $reply = eval { run($client, $todo[$i]) };
        if (defined $reply) {
            push @{$self->{replies}}, $reply;
            next;
        }
        my $error = $@ || 'no error';
        die $error unless $r->{GoOn};
        push @{$self->{failures}}, {Command => $i, Reason => $self->describe($error, 'returned')->{Reason}};
        die $error if $i == $#todo;
    }
}

# One command, and its reply. A find is the driver's own read, which it tries again where the specification says so.
sub run {
    my ($client, $todo) = @_;
    my ($first) = $todo->{JSON} =~ /^\s*\{\s*"([^"]+)"/;
    my $command = BSON->inflate_extjson(JSON::PP->new->decode($todo->{JSON}));
    my $db = $client->get_database($todo->{DB});
    my $reply;
    if (join(',', keys %$command) eq 'find') {
        $reply = {found => [$db->get_collection($command->{find})->find->all]};
    }
    else {
        my $document = Tie::IxHash->new($first => delete $command->{$first}, %$command); # its name stands first
        $reply = $db->run_command($document);
    }
    local ($ENV{BSON_EXTJSON}, $ENV{BSON_EXTJSON_RELAXED}) = (1, 1);
    return JSON::PP->new->canonical->allow_blessed->convert_blessed->encode($reply);
}

# The options of a client in code, by their names in a URI.
sub options {
    my $code = shift || {};
    my (%options, %ssl, @not);
    for my $name (keys %$code) {
        my $value = $code->{$name};
        if ($name eq 'tls' || $name eq 'ssl') { $options{ssl} = $value eq 'true' ? 1 : 0 }
        elsif ($name eq 'tlsCAFile') { $ssl{SSL_ca_file} = $value }
        elsif ($name eq 'tlsCRLFile') { @ssl{qw(SSL_crl_file SSL_check_crl)} = ($value, 1) }
        elsif ($name eq 'tlsCertificateKeyFile') { @ssl{qw(SSL_cert_file SSL_key_file)} = ($value, $value) }
        elsif ($name eq 'tlsCertificateKeyFilePassword') { $ssl{SSL_passwd_cb} = sub { $value } }
        elsif ($name eq 'tlsAllowInvalidCertificates') { $ssl{SSL_verify_mode} = 0 if $value eq 'true' }
        elsif ($name eq 'tlsAllowInvalidHostnames') { $ssl{SSL_verifycn_scheme} = 'none' if $value eq 'true' }
        elsif ($name eq 'tlsInsecure') { @ssl{qw(SSL_verify_mode SSL_verifycn_scheme)} = (0, 'none') if $value eq 'true' }
        elsif ($name eq 'tlsMinVersion') { push @not, before($value) }
        elsif ($name eq 'tlsMaxVersion') { push @not, behind($value) }
        elsif ($name eq 'username') { $options{username} = $value }
        elsif ($name eq 'authMechanism') { $options{auth_mechanism} = $value }
        elsif ($name eq 'authSource') { $options{db_name} = $value }
        elsif ($name ne 'tlsForceClientCertificate') { die "the driver's options cannot say $name\n" } # that is what it always does
    }
    $ssl{SSL_version} = join ':', 'SSLv23', map { "!$_" } 'SSLv3', @not if @not;
    $options{ssl} = \%ssl if %ssl && (!exists $options{ssl} || $options{ssl});
    return %options;
}

my %VERSIONS = ('1.0' => 'TLSv1', '1.1' => 'TLSv1_1', '1.2' => 'TLSv1_2', '1.3' => 'TLSv1_3');
sub before { my $v = shift; map { $VERSIONS{$_} } grep { $_ < $v } sort keys %VERSIONS }
sub behind { my $v = shift; map { $VERSIONS{$_} } grep { $_ > $v } sort keys %VERSIONS }

my %HANDSHAKE = map { $_ => 1 } qw(hello ismaster authenticate saslstart saslcontinue);

sub event {
    my ($self, $e) = @_;
    my $type = $e->{type} // '';
    if ($type eq 'server_opening_event') {
        push @{$self->{known}}, $e->{address} unless grep { $_ eq $e->{address} } @{$self->{known}};
    }
    elsif ($type eq 'server_heartbeat_succeeded_event') {
        $self->{succeeded}{$e->{connectionId}} = 1;
        $self->note('heartbeat-succeeded', $e->{connectionId});
    }
    elsif ($type eq 'command_started') {
        $self->{sent} ||= $self->{client} && !$HANDSHAKE{lc $e->{commandName}};
    }
}

# A check of a server has failed.
sub failed {
    my ($self, $address, $error) = @_;
    $self->{why}{$address} ||= $error;
    $self->note('heartbeat-failed', $address, text($error));
}

sub note {
    my ($self, $kind, $server, $text) = @_;
    push @{$self->{events}}, {Kind => $kind, Server => $server, Text => $text // '', AtMS => $self->elapsed} unless $self->{over};
}

sub text {
    my $error = shift;
    my $text = ref $error && $error->can('message') ? $error->message : "$error";
    $text =~ s/\s+\z//;
    return length $text ? $text : ref $error || 'no text';
}

# What the answer says of an error.
sub describe {
    my ($self, $surface, $stopped) = @_;
    my $decisive = $surface;
    if (ref $surface && $surface->isa('MongoDB::SelectionError') || $stopped eq 'limit') {
        my ($address) = grep { $self->{why}{$_} && !$self->{succeeded}{$_} } @{$self->{known}};
        $decisive = $self->{why}{$address} if defined $address;
    }
    my @chain = ref $decisive ? ref $decisive : 'die';
    push @chain, 'die' if ref $decisive && $decisive->can('previous_exception') && $decisive->previous_exception;
    my $e = {Text => text($decisive), Surface => text($surface), Chain => \@chain,
        Labels => ref $surface && $surface->can('error_labels') ? [@{$surface->error_labels || []}] : [],
        Network => ref $decisive && $decisive->isa('MongoDB::ConnectionError') ? JSON::PP::true : JSON::PP::false,
        Timeout => ref $decisive && $decisive->isa('MongoDB::TimeoutError') ? JSON::PP::true : JSON::PP::false};
    for (my $cause = $decisive; blessed $cause && !$e->{Code};
        $cause = $cause->can('previous_exception') ? $cause->previous_exception : undef) {
        next unless $cause->isa('MongoDB::DatabaseError');
        my $reply = $cause->result && $cause->result->can('output') ? $cause->result->output : {};
        my $code = 0 + ($reply->{code} // $cause->code);
        next unless refaddr $cause == refaddr $decisive || grep { $_ == $code } @LOGIN; # that of a refused login however deep it is wrapped
        @$e{qw(Code CodeName)} = ($code, $reply->{codeName} // '');
    }
    $e->{Reason} = Reason::of($self->{stage}, $e->{Code}, $chain[0], $e->{Text});
    return $e;
}

1;
