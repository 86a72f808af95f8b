# What the adapter drives, and what that does not have: found by asking it.
package Info;
use strict;
use warnings;
use Config;
use IO::Socket::SSL;
use MongoDB;
use Net::SSLeay;

my @OPTIONS = qw(tls ssl tlsInsecure tlsAllowInvalidCertificates tlsAllowInvalidHostnames tlsCAFile tlsCertificateKeyFile
    tlsCertificateKeyFilePassword tlsDisableOCSPEndpointCheck tlsDisableCertificateRevocationCheck tlsCRLFile loadBalanced
    directConnection srvServiceName srvMaxHosts maxAdaptiveRetries timeoutMS);
my %IN_CODE = (tlsCRLFile => 1);

# What the driver does with an option that it does not have, undef if it has it.
sub instead {
    my $option = shift;
    my $value = $option =~ /File$/ ? __FILE__ : 'true';
    my @said;
    local $SIG{__WARN__} = sub { push @said, @_ };
    eval { MongoDB::MongoClient->new(host => "mongodb://localhost/?$option=$value"); 1 } or return 'refused';
    return (grep { /Unsupported option/i } @said) ? 'ignored, with a warning' : undef;
}

sub all {
    my $machine = "$^O/" . ($Config{archname} =~ /^x86_64/ ? 'amd64' : $Config{archname});
    my $perl = sprintf '%vd', $^V;
    my $tls = Net::SSLeay::SSLeay_version(0);
    my ($library, $version) = split ' ', $tls;
    my %lacks;
    for my $option (@OPTIONS) {
        my $what = instead($option);
        $lacks{$IN_CODE{$option} ? "?$option" : $option} = $what if $what;
    }
    my %cannot = (poolEvents => 'it has no pools', monitors => 'it has one connection to a server',
        systemRoots => 'it looks for a bundle in /etc itself');
    $cannot{dns} = 'no resolver was given' unless $Names::RESOLVER;
    return {Driver => 'perl', Version => $MongoDB::VERSION =~ s/^v//r,
        Build => "Perl $perl $machine, IO::Socket::SSL $IO::Socket::SSL::VERSION", TLS => $tls,
        Components => [{Name => 'perl', Version => $perl, Role => 'runtime', Detail => $machine},
            {Name => lc $library, Version => $version, Role => 'TLS library'},
            {Name => 'io-socket-ssl', Version => "$IO::Socket::SSL::VERSION"}, {Name => 'net-ssleay', Version => "$Net::SSLeay::VERSION"}],
        Lacks => \%lacks, Cannot => \%cannot};
}

1;
