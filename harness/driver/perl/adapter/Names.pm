# Names: the driver asks the resolver of the harness, for SRV and TXT with Net::DNS, and for addresses as everybody does.
package Names;
use strict;
use warnings;
use IO::Socket::IP;
use Net::DNS;
use Socket ();

our $RESOLVER = $ENV{MONGOTLS_RESOLVER};
our $dial;    # the IP address behind every name, or undef

my ($ip, $port) = ($RESOLVER // '') =~ /^\[?(.+?)\]?:(\d+)$/;
my $new = Net::DNS::Resolver->can('new');

# What to look up in place of a host.
sub address {
    my $host = shift;
    return $dial if length($dial // '');
    return $host if !$RESOLVER || !defined $host || $host eq 'localhost' || $host =~ /:|^\d+(\.\d+){3}$/;
    my $answer = Net::DNS::Resolver->new->query($host, 'A') or return;
    my ($found) = grep { $_->type eq 'A' } $answer->answer;
    return $found && $found->address;
}

no warnings 'redefine';
*Net::DNS::Resolver::new = sub {
    my ($class, @options) = @_;
    return $new->($class, @options) unless $RESOLVER;
    my $resolver = $new->($class, @options, searchlist => []);
    $resolver->nameservers($ip);
    $resolver->port($port);
    return $resolver;
};
*IO::Socket::IP::getaddrinfo = sub {
    my ($host, $service, $hints) = @_;
    my $to = address($host);
    return Socket::getaddrinfo('no-such-name.invalid', '', {flags => Socket::AI_NUMERICHOST()}) unless defined $to || !defined $host;
    $hints = {%{$hints || {}}, family => 0} if defined $host && $to ne $host;
    return Socket::getaddrinfo($to, $service, $hints);
};

1;
