// The page of a try: for each state of the server its chain, the drivers and what to change; below, the evidence.

const { Worlds, Notes, LeftOut, URI, Hosts, Started, Tool } = page.Trial;

const list = (title, texts, kind, heading = 'h3') => (texts ?? []).length > 0 && el('section', { class: `sheet panel ${kind ?? ''}` }, el(heading, {}, title),
  el('ul', {}, texts.map(t => el('li', {}, quoted(t)))));

const lasts = days => days < 0 ? [el('b', { class: 'bad' }, `expired ${-days} days ago`)] :
  [el('b', { class: days < 30 ? 'bad' : '' }, `${days} days left`)];

// A link of the chain: what the server sends, the leaf at the bottom as it is on paper; who signed it stands above.
const link = (c, days, role) => el('li', { class: 'cert' }, el('div', { class: 'role label' }, role), el('div', { class: 'subject' }, c.Subject || '(no name)'),
  (c.Names ?? []).length > 0 && el('div', { class: 'names' }, c.Names.map(n => [el('span', { class: 'tag' }, n), ' '])),
  el('div', { class: 'label' }, `${c.Key}, signed with ${c.Signature}; ${c.NotBefore.slice(0, 10)} to ${c.NotAfter.slice(0, 10)}`,
    days !== undefined && [', ', lasts(days)]),
  el('div', { class: 'label' }, [(c.KeyUsage ?? []).join(', '), (c.ExtKeyUsage ?? []).join(', '), c.MustStaple && 'must-staple',
    (c.Critical ?? []).length > 0 && `critical ${c.Critical.join(', ')}`].filter(Boolean).join('; ')));

function chain(server, days) {
  const sent = (server.Chain ?? []).map((c, i) => link(c, days[i], i === 0 ? 'the server’s certificate' : 'sent with it'));
  const trusted = (server.CA ?? []).filter(a => !(server.Chain ?? []).some(c => c.Serial === a.Serial && c.Subject === a.Subject))
    .map(c => link(c, undefined, 'trusted by the drivers'));
  const top = (server.Chain ?? []).at(-1);
  const broken = top && trusted.length === 0 && !(server.CA ?? []).length && el('li', { class: 'cert gap' },
    el('div', { class: 'role label' }, 'not there'), el('div', { class: 'subject' }, top.Issuer));
  return el('ol', { class: 'chain', 'aria-label': 'The chain, an issuer above what it has issued' }, [broken, trusted.reverse(), sent.reverse()]);
}

const table = (lines) => el('div', { class: 'sheet board', tabindex: 0, role: 'region', 'aria-label': 'Drivers' }, el('table', {},
  el('thead', {}, el('tr', {}, ['Driver', 'What happens', 'What to change'].map(t => el('th', { scope: 'col' }, t)))),
  el('tbody', {}, lines.map(l => el('tr', {}, el('th', { scope: 'row' }, l.Driver),
    el('td', {}, sign(page.Signs[l.Verdict]), ' ', l.Says, (l.Hosts ?? []).length > 0 && el('div', { class: 'label' }, `at ${l.Hosts.join(', ')}`)),
    el('td', {}, (l.Do ?? []).map(d => el('div', {}, d))))))));

const evidence = (w, at) => el('section', {}, el('h3', {}, 'Evidence'), (w.Rows ?? []).map((r, i) => el('details', { class: 'sheet panel' },
  el('summary', {}, sign(page.Signs[r.Verdict]), `${r.Driver} at ${r.Host}`),
  el('dl', {}, el('dt', {}, 'driver'), el('dd', { class: 'mono' }, page.Answers[at][i]),
    (page.Connections[at][i] ?? []).map(c => [el('dt', {}, 'server'), el('dd', { class: 'mono' }, c)])))));

const world = (w, i) => el('section', { class: 'world' }, el('h2', {}, w.Name),
  el('div', { class: 'beside' }, el('div', {}, table(page.Lines[i]),
    (w.Steps ?? []).map((step, at) => (step.Says ?? []).length === 0 ? el('p', { class: 'muted' }, page.Steps[i][at]) : list(page.Steps[i][at], step.Says)),
    list('What to change', (w.Changes ?? []).map(c => `${c.Because}: ${c.Do} (${c.Drivers.join(', ')}${(c.Hosts ?? []).length ? ` at ${c.Hosts.join(', ')}` : ''})`)),
    list('Not the originals', w.Server.Cloned),
    list('The server', [...(w.Server.Says ?? []), w.Server.Refuses].filter(Boolean))),
  chain(w.Server, page.Days[i])), evidence(w, i));

document.body.append(masthead(), el('main', { class: 'wrap' }, el('h1', {}, 'Try'),
  el('p', { class: 'muted' }, `${page.Summary}. ${Hosts.join(', ')}, ${Started.slice(0, 10)}, ${Tool.Name} ${Tool.Version}`),
  URI && command(URI),
  list('Left out', LeftOut, 'left', 'h2'), list('Notes', Notes, '', 'h2'), Worlds.map(world),
  el('p', { id: 'found', class: 'label' }, `${Worlds.reduce((n, w) => n + (w.Rows ?? []).length, 0)} connections were tried`)));
