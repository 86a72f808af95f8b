// The page of scenarios as addresses: one row each, by area, with what a good client must do there.

const { Mode, Files, Addresses, LeftOut } = page.List;
const all = Addresses ?? [];
const verdict = a => !a.Norm ? 'characterised' : a.Connects ? 'conforms' : 'violates';
const must = a => !a.Norm ? 'no norm' : a.Connects ? 'connects' : 'refuses';

const row = a => {
  const tr = el('tr', {}, el('th', { scope: 'row' }, el('div', { class: 'mono' }, a.Addr), el('div', { class: 'label' }, a.Case)),
    el('td', { class: 'must' }, sign(verdict(a)), ' ', must(a)),
    el('td', {}, a.Says, el('div', { class: 'label' }, a.Expectation),
      el('details', {}, el('summary', {}, 'Connect'), command(a.URI), a.OpenSSL && command(a.OpenSSL), a.Note && el('p', { class: 'label' }, a.Note))));
  tr.text = [a.Case, a.Says, a.Addr, a.Expectation].join('\n').toLowerCase();
  return tr;
};

const areas = [...new Set(all.map(a => a.Area))];
const rows = [];
const tables = areas.map(area => {
  const of = all.filter(a => a.Area === area).map(row);
  rows.push(...of);
  const section = el('section', { 'aria-label': area }, el('h2', {}, area, ' ', el('span', { class: 'label' }, of.length)),
    el('div', { class: 'sheet board', tabindex: 0, role: 'region', 'aria-label': `addresses of ${area}` }, el('table', {},
      el('thead', {}, el('tr', {}, ['Address', 'A good client', 'The scenario'].map(t => el('th', { scope: 'col' }, t)))), el('tbody', {}, of))));
  section.rows = of;
  return section;
});

const found = el('p', { id: 'found', class: 'label', role: 'status' });
function filter(typed) {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  for (const tr of rows) tr.hidden = !words.every(w => tr.text.includes(w));
  for (const s of tables) s.hidden = s.rows.every(tr => tr.hidden);
  found.textContent = `${rows.filter(tr => !tr.hidden).length} of ${rows.length} addresses`;
}

const search = el('input', { type: 'search', 'aria-label': 'Search', placeholder: 'Search: name, expired, ocsp …', input: () => filter(search.value) });
document.body.append(masthead(), el('main', { class: 'wrap' }, el('h1', {}, 'Scenarios as addresses'),
  el('p', { class: 'muted' }, `Each is a server on this machine in ${Mode}, up until the program ends. Certificates and keys are in `, el('code', {}, Files), '.'),
  search, found, tables,
  (LeftOut ?? []).length > 0 && el('section', { class: 'sheet panel' }, el('h2', {}, 'Without an address'), el('ul', {}, LeftOut.map(t => el('li', {}, t))))));
filter('');
