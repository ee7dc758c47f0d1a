# The walk with OpenAPI::Client, which makes a client of the document when it runs, and checks each request by it:
# `perl walk.pl <document> <URL of the server> <people as JSON>` prints the trace.
use strict;
use warnings;
use Mojo::JSON qw(decode_json encode_json);
use OpenAPI::Client;

my ($document, $base_url, $people) = @ARGV;
$people = decode_json $people;
my $epistle = OpenAPI::Client->new("file://$document", base_url => $base_url);
my $token;
$epistle->ua->on(start => sub { $_[1]->req->headers->authorization("Bearer $token") if $token });

# The body of a response; the problem of a refused request is one, too.
sub call {
  my $response = $epistle->call(@_)->result;
  return $response->code == 204 ? undef : $response->json;
}

my %login = (email => $people->{email}, password => $people->{password});
my $account = call(registerUser => {body => {%login, username => $people->{name}}});
$token = call(logIn => {body => \%login})->{token};
my $users = call(findUsers => {username => $people->{otherName}})->{items};
my $before = call('listEvents')->{position};
my $sent = call(sendMessage => {body => {to => $users->[0]{id}, content => 'Hello'}});
my $list = call(listMessages => {box => 'sent'})->{items};
my %edit = (id => $sent->{id}, body => {content => 'Hello again'});
my $edited = call(editMessage => {%edit, 'If-Match' => qq("$sent->{version}")});
my $outdated = call(editMessage => {%edit, "If-Match" => qq("$sent->{version}")});
my $events = call(listEvents => {after => $before})->{items};
my $conversations = call('listConversations')->{items};
my $unknown = '00000000-0000-4000-8000-000000000000';
my $refused = call(sendMessage => {body => {to => $unknown, content => 'Hello'}});
call('logOut');
my $after = call('getOwnProfile');

# The client itself refuses what the document does not allow.
my $invalid = $epistle->call(sendMessage => {body => {to => $unknown}});
die 'a message without content was sent' unless $invalid->res->json('/errors/0/path') eq '/body/content';

print encode_json {
  registered => $account->{username},
  found => $users->[0]{username},
  listed => [map { $_->{content} } @$list],
  edited => $edited->{content},
  outdated => $outdated->{code},
  events => [map { $_->{data}{content} } grep { $_->{event} eq 'message_edited' } @$events],
  conversations => [map { $_->{with}{username} } @$conversations],
  refused => $refused->{code} eq 'recipient_unknown' ? $refused->{errors}[0]{pointer} : undef,
  afterLogout => $after->{code},
};
