// One case: what it states, what was seen, and by whom.

const ms = n => `${n} ms`;

// fact is a term with what there is to say about it; nothing to say is nothing.
const fact = (term, ...what) => what.flat(Infinity).some(w => w !== undefined && w !== null && w !== false && w !== '') &&
  [el('dt', { class: 'label' }, term), el('dd', {}, what)];

const tags = list => (list ?? []).map(t => [el('span', { class: 'tag' }, t), ' ']);

// evidence shows c. link is the address of another case by its id, other that case or nothing, claims the filters' links; name tells it
// from another one on the page, again what a further run came to.
function evidence(c, { report, other, link, claims, name, again }) {
  const twin = c.Twin && other(c.Twin);
  const n = c.Attempts?.length ?? 0;
  return [
    el('p', { class: 'says' }, c.Says),
    el('p', { class: 'why', 'data-verdict': c.Verdict }, sign(c.Verdict), el('span', {}, el('b', {}, c.Verdict), c.Why && [' ', c.Why])),
    el('dl', { class: 'facts' },
      fact('Expected', c.Expectation),
      fact('Demanded by', linked(c.Because)),
      fact('Driver said', c.Reason && el('code', {}, c.Reason)),
      fact('Again', again),
      fact('Known failure', linked(c.Known)),
      fact('Control', c.Twin && (twin ? [el('span', { class: 'control' }, sign(twin.Verdict)), ' ', el('a', { href: link(c.Twin) }, c.Twin), el('span', { class: 'muted' }, ' the same without the defect: ', twin.Verdict)] : c.Twin)),
      fact('Claims', (c.Claims ?? []).map(claims)),
      fact('Replay', c.Replay && command(c.Replay))),
    n === 0 && el('p', { class: 'muted nothing' }, 'It did not run here.'),
    (c.Attempts ?? []).map((a, i) => attempt(a, i, n, c, report, [name, `attempt ${i + 1} of ${n}`].filter(Boolean).join(', '))),
  ];
}

function attempt(a, i, n, c, report, name) {
  const unexpected = c.Verdict === 'violates' || c.Verdict === 'inconclusive';
  return el('section', { class: 'attempt', 'aria-label': name },
    el('h2', {}, n > 1 ? `Attempt ${i + 1} of ${n}` : 'What was seen'),
    a.Fault && el('p', { class: 'why', 'data-verdict': 'inconclusive' }, sign('inconclusive'), el('span', {}, el('b', {}, 'fault of the harness'), ' ', a.Fault)),
    el('div', { class: 'lanes' }, driverLane(a, name), serverLanes(a.Server, name, report)),
    a.Answer.Error && failure(a.Answer.Error),
    certificates(a.Certificates ?? {}, report),
    log(a.Server.Log ?? [], unexpected));
}

// staged reports whether a deployment has a time line: it has several servers, or something happened to it. Then the driver's times are
// on it, too.
const staged = s => (s.Steps ?? []).length > 0 || new Set((s.Connections ?? []).map(c => c.Member ?? '')).size > 1;

// ofUser tells the commands of a user from those that drivers send of their own accord.
const ofUser = cmd => !/^(hello|ismaster|buildinfo|getlasterror|authenticate|saslstart|saslcontinue|endsessions)$/i.test(cmd.Name);

// operations are those of the client, with the connections that carried them, in their order.
const operations = s => (s.Connections ?? []).flatMap(c => (c.Commands ?? []).filter(ofUser).map(cmd => ({ c, cmd, at: cmd.AtMS ?? 0 })))
  .sort((x, y) => x.at - y.at);

const happened = t => step(ms(t.AtMS ?? 0), 'start', el('b', {}, t.Text), el('span', { class: 'muted' }, ` after operation ${t.After}, in ${ms(t.TookMS ?? 0)}`));

// A step of a lane; at is its time, if there is one.
const step = (at, kind, ...what) => el('li', { 'data-kind': kind }, el('span', { class: 'at' }, at), el('div', {}, what));

function driverLane({ Request: q, Answer: a, Server: s }, name) {
  const options = Object.entries(q.Code ?? {});
  const around = [q.Dial && `every name is ${q.Dial}`, q.Isolated && 'its own resolver and system roots', q.LimitMS && `limit ${ms(q.LimitMS)}`].filter(Boolean);
  const one = staged(s), zero = one ? s.ClientAtMS ?? 0 : 0, end = zero + (a.ElapsedMS ?? 0);
  const events = (a.Events ?? []).map(e => ({ at: zero + (e.AtMS ?? 0), step: step(ms(zero + (e.AtMS ?? 0)), /failed|cleared/.test(e.Kind) ? 'bad' : 'event', `${e.Kind.replaceAll('-', ' ')}${e.Server ? `, ${e.Server}` : ''}`, e.Text && el('div', { class: 'detail' }, e.Text)) }));
  if (one) {
    events.push(...operations(s).map(({ c, cmd, at }, i) => ({ at, step: step(ms(at), cmd.Code ? 'bad' : 'operation', `operation ${i + 1} `, el('code', {}, cmd.Name), el('span', { class: 'muted' }, `${c.Member ? ` at ${c.Member}` : ''}, connection ${c.ID}`)) })),
      ...(s.Steps ?? []).map(t => ({ at: t.AtMS ?? 0, step: happened(t) })));
  }
  events.sort((x, y) => x.at - y.at);
  const before = events.filter(e => e.at <= end), after = events.filter(e => e.at > end);
  return el('section', { class: 'lane', 'aria-label': `the driver, ${name}` },
    el('h3', {}, 'Driver', el('span', { class: 'label' }, one ? ' since the deployment was started' : ' since the first use of its client')),
    el('ol', {},
      step('', 'start', uri(q.URI), options.length > 0 && el('div', {}, el('span', { class: 'label' }, 'in code '), options.map(([k, v]) => [el('code', {}, `${k}=${v}`), ' '])),
        (q.Commands ?? []).map(cmd => el('div', {}, el('span', { class: 'label' }, `${cmd.DB} `), el('code', {}, cmd.JSON))),
        around.length > 0 && el('div', { class: 'label' }, around.join(' · '))),
      before.map(e => e.step),
      (a.Warnings ?? []).map(w => step('', 'event', el('span', { class: 'label' }, 'warning '), w)),
      (a.Failures ?? []).map(f => step('', 'event', el('span', { class: 'label' }, 'operation '), `${f.Command + 1} failed as `, el('code', {}, f.Reason))),
      (a.Replies ?? []).map(r => step('', 'event', el('span', { class: 'label' }, 'reply '), el('code', {}, r))),
      step(ms(end), a.OK ? 'ok' : 'bad', el('b', {}, a.OK ? 'ok' : `failed at stage ${a.Stage || 'unknown'}`),
        a.Stopped && a.Stopped !== 'returned' && el('span', { class: 'muted' }, ` (${a.Stopped})`),
        a.Error && el('div', { class: 'detail' }, el('code', {}, a.Error.Reason), ' ', a.Error.Text)),
      after.map(e => e.step),
      a.CloseMS > 0 && step('', 'event', el('span', { class: 'muted' }, `closed in ${ms(a.CloseMS)}`))));
}

// uri is a connection string with its options one by one.
function uri(text) {
  const [head, ...query] = String(text ?? '').split('?');
  const options = query.join('?');
  return el('code', { class: 'uri' }, head, options && '?', options && options.split('&').map((o, i) => el('span', { class: 'option' }, i > 0 && el('span', { class: 'muted' }, '&'), o)));
}

// serverLanes are one for each server, on the time line of the deployment where there are several.
function serverLanes(s, name, report) {
  const members = [...new Set((s.Connections ?? []).map(c => c.Member ?? ''))].sort();
  return members.length > 1 ? members.map((m, i) => serverLane(s, name, report, m, i === members.length - 1)) : [serverLane(s, name, report)];
}

function serverLane(s, name, report, member, last = true) {
  const lines = (s.Log ?? []).map(parsed);
  const start = Math.min(...lines.map(l => l.time).filter(Number.isFinite));
  const at = time => Number.isFinite(time) && Number.isFinite(start) ? ms(time - start) : '';
  const connections = (s.Connections ?? []).filter(c => member === undefined || (c.Member ?? '') === member);
  const steps = (s.Steps ?? []).filter(t => member === undefined || (t.Member ?? '') === member);
  const besides = [`${connections.length} connection${connections.length === 1 ? '' : 's'}`, last && s.Open && `${s.Open} left open`,
    last && s.OCSPRequests && `${s.OCSPRequests} OCSP request${s.OCSPRequests === 1 ? '' : 's'}`].filter(Boolean);
  const timed = staged(s);
  const since = timed ? ' since the deployment was started' : Number.isFinite(start) ? ' since the first line of its log' : '';
  const shown = c => {
    const own = lines.filter(l => c.ID && (l.ctx === `conn${c.ID}` || l.attr?.connectionId === c.ID));
    return timed ? connection({ ...c, Commands: (c.Commands ?? []).filter(cmd => !ofUser(cmd)) }, ms(c.AtMS ?? 0), '', report.Offers?.[c.Hello?.Offers])
      : connection(c, at(own[0]?.time), at(own.at(-1)?.time), report.Offers?.[c.Hello?.Offers]);
  };
  const marks = [...connections.map(c => [timed ? c.AtMS ?? 0 : 0, shown(c)]), ...steps.map(t => [t.AtMS ?? 0, happened(t)])];
  if (timed) marks.push(...operations({ Connections: connections }).map(({ c, cmd, at }) => [at, answered(cmd, ms(at), c)]));
  if (timed) marks.sort((x, y) => x[0] - y[0]);
  return el('section', { class: 'lane', 'aria-label': `the server ${member ?? ''}, ${name}` },
    el('h3', {}, member ? `Member ${member}` : 'Server', el('span', { class: 'label' }, since)),
    el('ol', {},
      last && (s.DNS ?? []).map(q => step('', 'event', el('span', { class: 'label' }, 'DNS '), el('code', {}, q))),
      marks.map(([, mark]) => mark),
      step('', 'event', el('span', { class: 'muted' }, besides.join(' · ')))));
}

// answered is a command; c is its connection, where it does not stand below that.
const answered = (cmd, at, c) => step(at, cmd.Code ? 'bad' : c ? 'operation' : 'event', el('code', {}, cmd.Name), cmd.DB && el('span', { class: 'muted' }, ` on ${cmd.DB}`),
  c && el('span', { class: 'muted' }, `, connection ${c.ID}`),
  cmd.User !== undefined && cmd.User !== null && [el('span', { class: 'label' }, ' user '), el('code', {}, cmd.User || '(empty)')],
  cmd.Speculative && el('span', { class: 'muted' }, `, speculative authentication ${cmd.Speculative}`),
  cmd.Code ? el('div', { class: 'detail' }, `${cmd.Code} ${cmd.CodeName ?? ''} ${cmd.Error ?? ''}`) : '');

// offered shows what a ClientHello offers.
const offered = o => el('details', {}, el('summary', { class: 'label' }, 'what it offers'), el('dl', { class: 'facts' },
  fact('JA4', el('code', {}, o.JA4)), fact('Groups', tags(o.Groups)), fact('Key shares', tags(o.KeyShares)), fact('Signatures', tags(o.Signatures)),
  fact('Ciphers', tags(o.Ciphers)), fact(o.Shuffled ? 'Extensions, shuffled' : 'Extensions', tags(o.Extensions)), fact('ALPN', tags(o.ALPN))));

function connection(c, opened, ended, offer) {
  const h = c.Hello;
  const asked = h && [h.SNI ? ['for ', el('code', {}, h.SNI)] : 'for no name', h.Versions?.length > 0 && `, TLS ${h.Versions.join(', ')}`, h.OCSP && ', asks for a staple', h.Size > 0 && `, ${h.Size} bytes`, offer && offered(offer)];
  return [
    step(opened, 'start', el('b', {}, `Connection${c.ID ? ` ${c.ID}` : ''}`), c.Remote && el('span', { class: 'muted' }, ` from ${c.Remote}`), c.Run > 0 && el('span', { class: 'muted' }, ', after it came back')),
    c.Clear ? step('', 'event', 'in clear: the first bytes are a message of the wire protocol') :
      h ? step('', 'event', 'ClientHello ', asked) : step('', 'event', el('span', { class: 'muted' }, 'no ClientHello')),
    c.TLS && step('', 'ok', `handshake complete with TLS ${[c.TLS, c.Cipher, c.Group, c.Signature].filter(Boolean).join(', ')}`, c.Resumed && ', resumed', c.Stapled && ', stapled'),
    c.Peer && step('', 'event', el('span', { class: 'label' }, 'client certificate '), el('code', {}, c.Peer), c.Issuer && [el('span', { class: 'label' }, ' issued by '), el('code', {}, c.Issuer)]),
    c.HandshakeError && step('', 'bad', 'handshake failed', el('div', { class: 'detail' }, c.HandshakeError)),
    (c.Commands ?? []).map(cmd => answered(cmd, '')),
    c.Answered && step('', 'event', 'it answered, as the wire shows'),
    c.Silent && step('', 'event', 'kept silent on purpose'),
    c.Cause ? step(ended, 'bad', 'ended by the server: ', el('code', {}, c.Cause), c.Text && el('div', { class: 'detail' }, c.Text)) :
      step(ended, 'event', el('span', { class: 'muted' }, 'ended by the client')),
  ];
}

function failure(e) {
  return el('section', { class: 'block' },
    el('h3', {}, 'The driver’s error'),
    el('dl', { class: 'facts' },
      fact('Reason', el('code', {}, e.Reason)),
      fact('Text', el('code', {}, e.Text)),
      fact('Types', (e.Chain ?? []).map((t, i) => [i > 0 && el('span', { class: 'muted' }, ' › '), el('code', {}, t)])),
      fact('Code', e.Code ? `${e.Code} ${e.CodeName ?? ''}` : ''),
      fact('Labels', tags(e.Labels)),
      fact('Counts as', tags([e.Network && 'network error', e.Timeout && 'time-out'].filter(Boolean))),
      fact('Application sees', e.Surface && e.Surface !== e.Text && el('code', {}, e.Surface))));
}

function certificates({ Server: server, Client: client }, report) {
  if (!server && !client) return null;
  const started = Date.parse(report.Started);
  return el('section', { class: 'block' }, el('h3', {}, 'Certificates', el('span', { class: 'label' }, ' in the key files of both sides')),
    el('div', { class: 'certificates' },
      (server ?? []).map((c, i) => certificate(i ? `Server’s chain, ${i}` : 'Server', c, started)),
      (client ?? []).map((c, i) => certificate(i ? `Client’s chain, ${i}` : 'Client', c, started))));
}

function certificate(whose, c, started) {
  return el('article', { class: 'certificate', 'aria-label': whose },
    el('div', { class: 'label' }, whose, c.CA && ' · an authority', c.MustStaple && ' · must staple'),
    el('h4', { class: 'mono' }, c.Subject),
    el('dl', { class: 'facts' },
      fact('Issued by', c.Issuer === c.Subject ? 'itself' : el('code', {}, c.Issuer)),
      fact('Names', (c.Names ?? []).length ? tags(c.Names) : el('span', { class: 'muted' }, 'none')),
      fact('Valid', `${moment(c.NotBefore)} to ${moment(c.NotAfter)}`, validity(c, started)),
      fact('Key', `${c.Key}, signed with ${c.Signature}`),
      fact('Usage', tags([...(c.KeyUsage ?? []), ...(c.ExtKeyUsage ?? [])])),
      fact('OCSP', (c.OCSP ?? []).map(o => el('code', {}, o))),
      fact('Critical', (c.Critical ?? []).map(o => [el('code', {}, o), ' '])),
      fact('Serial', el('code', { class: 'muted' }, c.Serial))));
}

const moment = text => Number.isFinite(Date.parse(text)) ? new Date(text).toISOString().slice(0, 16).replace('T', ' ') : text;

function validity(c, started) {
  const from = Date.parse(c.NotBefore) - started, to = Date.parse(c.NotAfter) - started;
  const off = from > 0 ? `not valid until ${span(from)} after the start` : to < 0 ? `expired ${span(-to)} before the start` : '';
  return off && el('span', { class: 'off', 'data-verdict': 'violates' }, ` ${off}`);
}

function span(milliseconds) {
  const seconds = Math.round(milliseconds / 1000);
  const [size, unit] = seconds < 120 ? [1, 's'] : seconds < 7200 ? [60, 'min'] : seconds < 172800 ? [3600, 'h'] : [86400, 'days'];
  return `${Math.round(seconds / size)} ${unit}`;
}

// parsed is a line of mongod's structured log; any other line is its text.
function parsed(text) {
  try {
    const l = JSON.parse(text);
    if (typeof l?.id === 'number') return { text, time: Date.parse(l.t?.$date), severity: l.s, component: l.c, id: l.id, ctx: l.ctx, msg: l.msg, attr: l.attr };
  } catch { /* not JSON */ }
  return { text };
}

function log(lines, open) {
  if (lines.length === 0) return null;
  const all = lines.map(parsed);
  const start = Math.min(...all.map(l => l.time).filter(Number.isFinite));
  return el('details', { class: 'block log', open }, el('summary', {}, el('h3', {}, 'Server’s log'), el('span', { class: 'label' }, `${lines.length} lines`)),
    el('ol', {}, all.map(l => l.id === undefined ? el('li', {}, el('code', {}, l.text)) :
      el('li', { 'data-severity': l.severity },
        el('span', { class: 'at' }, Number.isFinite(l.time) ? ms(l.time - start) : ''),
        el('span', { class: 'where' }, `${l.severity ?? ''} ${l.component ?? ''} ${l.id}`),
        el('span', {}, el('span', { class: 'muted' }, l.ctx), ' ', l.msg, ' ', Object.entries(l.attr ?? {}).map(([k, v]) => [el('code', { class: 'pair' }, el('span', { class: 'muted' }, `${k}=`), typeof v === 'string' ? v : JSON.stringify(v)), ' ']))))));
}
