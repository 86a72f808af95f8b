// The page of one report: an overview, a list that filters narrow, and one case with its evidence.

const report = page.Report;
const cases = report.Cases ?? [];
const byID = new Map(cases.map(c => [c.ID, c]));
const selfChecks = 'self-checks';

// column is where a case stands in the matrix: its mode, or apart with the stand-in's checks of itself.
for (const c of cases) c.column = c.Subject === 'server' && report.Backend.Name === page.Embedded ? selfChecks : c.Mode;

const arranged = (names, order) => [...order.filter(n => names.has(n)), ...[...names].filter(n => !order.includes(n)).sort()];
const areas = arranged(new Set(cases.map(c => c.Area)), report.Areas ?? []);
const columns = arranged(new Set(cases.map(c => c.column)), [...page.Modes]).sort((a, b) => (a === selfChecks) - (b === selfChecks));
const modes = arranged(new Set(cases.map(c => c.Mode)), page.Modes);
const claimOf = new Map((report.Claims ?? []).map(c => [c.ID, c]));
for (const id of cases.flatMap(c => c.Claims ?? [])) if (!claimOf.has(id)) claimOf.set(id, { ID: id, Document: '', Text: '' });

// scenarios are the rows of the list: the cases of one scenario or variant, by mode.
const scenarios = new Map();
for (const c of cases) {
  const id = c.ID.slice(0, c.ID.length - c.Mode.length - 1);
  if (!scenarios.has(id)) scenarios.set(id, []);
  scenarios.get(id).push(c);
}
const rank = new Map(areas.map((a, i) => [a, i]));
const rows = [...scenarios].map(([id, all]) => ({ id, all: all.sort((a, b) => modes.indexOf(a.Mode) - modes.indexOf(b.Mode)) }))
  .sort((a, b) => rank.get(a.all[0].Area) - rank.get(b.all[0].Area) || (a.id < b.id ? -1 : 1));
const gravity = ['violates', 'inconclusive', 'known', 'unsupported', 'not-run', 'characterised', 'conforms'];
const worst = all => gravity.find(v => all.some(c => c.Verdict === v));

/* Filters. */

// haystack is all that a search looks at, in lower case.
function haystack(c) {
  return c.text ??= [c.ID, c.Says, c.Because, c.Expectation, c.Verdict, c.Reason, c.Why, c.Known, ...(c.Claims ?? []),
    ...(c.Attempts ?? []).flatMap(a => [a.Fault, a.Request.URI, a.Answer.Error?.Text, a.Answer.Error?.Surface, ...(a.Answer.Error?.Chain ?? []),
      ...(a.Answer.Warnings ?? []), ...(a.Server.Log ?? []), ...(a.Server.DNS ?? []), ...(a.Server.Connections ?? []).flatMap(s => [s.Cause, s.Text, s.HandshakeError, s.Peer]),
      ...[...(a.Certificates?.Server ?? []), ...(a.Certificates?.Client ?? [])].flatMap(s => [s.Subject, s.Issuer, s.Serial, ...(s.Names ?? []), ...(s.OCSP ?? [])])]),
  ].filter(Boolean).join('\n').toLowerCase();
}

// search makes a test of what was typed: every word must be there; * in one stands for anything within a line.
function search(text) {
  const all = (text ?? '').toLowerCase().split(/\s+/).filter(Boolean).map(word => {
    if (!word.includes('*')) return c => haystack(c).includes(word);
    const pattern = new RegExp(word.split(/\*+/).map(part => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*'));
    return c => pattern.test(haystack(c));
  });
  return c => all.every(test => test(c));
}

const list = value => (value ?? '').split(',').filter(Boolean);

// filters make one test of the view, without those named.
function filters(state, ...without) {
  const on = name => !without.includes(name) && state[name];
  const verdicts = on('verdict') ? list(state.verdict) : null;
  const matches = on('q') ? search(state.q) : () => true;
  return c => (!verdicts || verdicts.includes(c.Verdict)) && (!on('area') || c.Area === state.area) &&
    (!on('mode') || c.column === state.mode) && (!on('claim') || (c.Claims ?? []).includes(state.claim)) && matches(c);
}

/* The overview. */

const seconds = (report.DurationMS ?? 0) / 1000;
const when = Date.parse(report.Started);

function headline() {
  const unexpected = ['violates', 'inconclusive'].filter(v => cases.some(c => c.Verdict === v));
  const grave = page.End.Code === 0 ? 'conforms' : page.End.Code === 1 ? 'violates' : 'inconclusive';
  const outcome = page.End.Headline[0].toUpperCase() + page.End.Headline.slice(1);
  const backend = report.Backend;
  return el('section', { class: 'headline' },
    el('h1', {}, sign(grave), unexpected.length ? el('a', { href: address({ verdict: unexpected.join(',') }), click: () => { toList = true; } }, outcome) : el('span', {}, outcome)),
    el('p', { class: 'subject' }, el('b', {}, `${report.Driver.Name} ${report.Driver.Version}${report.Driver.Checkout ? ` in ${report.Driver.Checkout}` : ''}`), ' against ', el('b', {}, `${backend.Name} ${backend.Version ?? ''}`)),
    el('dl', { class: 'coordinates' }, [
      ['Build', report.Driver.Build], ['TLS library', report.Driver.TLS], ['Image', backend.Image], ['Digest', backend.Digest],
      ['Executable', backend.Path], ['Deployment', backend.URI], ['Started', Number.isFinite(when) ? `${moment(report.Started)} UTC` : report.Started],
      ['Took', seconds && `${seconds.toFixed(1)} s`], ['Seed', page.Seed], ['Made by', `${report.Tool.Name} ${report.Tool.Version}`],
      ...Object.entries(report.Selection ?? {}).map(([k, v]) => [k, (v ?? []).join(' ')]),
    ].filter(([, what]) => what).map(([term, what]) => el('div', {}, el('dt', { class: 'label' }, term), el('dd', {}, what)))));
}

// panel is a note that folds, none where there is nothing to say.
const panel = (id, title, n, open, ...body) => n > 0 && el('details', { class: 'sheet note', id, open }, el('summary', {}, el('h2', {}, title), el('span', { class: 'label' }, n)), body);

// violations are what the page opens with: each row that is not as expected, with its worst case.
function violations() {
  const off = rows.filter(r => ['violates', 'inconclusive'].includes(worst(r.all)));
  return panel('violations', 'Not as expected', off.length, true, el('ul', {}, off.map(r => {
    const c = r.all.find(x => x.Verdict === worst(r.all));
    return el('li', {}, sign(c.Verdict), ' ', el('a', { href: open(c.ID), class: 'mono' }, r.id), el('div', {}, c.Says), c.Why && el('div', { class: 'label' }, c.Why));
  })));
}

// notes are what a reader should know beside the verdicts.
function notes() {
  const known = (report.Known ?? []).filter(k => k.Matched > 0);
  const lacks = Object.entries(report.Driver.Lacks ?? {}).sort();
  const remarks = page.End.Why ?? [], grave = remarks.filter(w => w.Code), plain = remarks.filter(w => !w.Code);
  return [
    panel('whole', 'Of the run as a whole', grave.length, true, el('ul', {}, grave.map(w => el('li', { 'data-verdict': w.Code === 1 ? 'violates' : 'inconclusive' }, el('b', {}, w.What), ': ', w.Text)))),
    panel('deployment', 'The deployment', report.Deployment?.length, true, (report.Deployment ?? []).map(m => [
      el('h3', {}, m.Case ? el('a', { href: open(m.Case) }, m.Host) : m.Host), el('ul', {}, m.Says.map(text => el('li', {}, text)))])),
    panel('findings', 'Findings', report.Findings?.length, true, el('ul', {}, (report.Findings ?? []).map(f => el('li', {}, f.Text)))),
    panel('documents', 'Documents that are wrong', report.Documents?.length, true, el('ul', {}, (report.Documents ?? []).map(d =>
      el('li', {}, d.Text, ' ', (d.Claims ?? []).map(claimTag), el('a', { href: open(d.Case) }, d.Case))))),
    panel('known', 'Known failures', known.length, false, el('ul', {}, known.map(k =>
      el('li', {}, el('a', { href: address({ q: k.ID, verdict: 'known' }), class: 'mono' }, k.ID), el('span', { class: 'muted' }, ` ${k.Matched} case${k.Matched === 1 ? '' : 's'}`),
        el('div', {}, k.Reason), k.Reference && el('div', { class: 'label' }, linked(k.Reference)))))),
    panel('claims', 'Claims that users rely on', claimOf.size, false, el('ul', {}, claims())),
    panel('lacks', 'Options that the driver lacks', lacks.length, false, el('ul', {}, lacks.map(([name, instead]) =>
      el('li', {}, el('code', {}, name), el('span', { class: 'muted' }, ` ${instead}`))))),
    panel('elsewhere', 'Not run here', plain.length, false, el('ul', {}, plain.map(w => el('li', {}, w.Text)))),
  ];
}

const claimTag = id => [el('a', { class: 'tag', href: address({ claim: id }), title: [claimOf.get(id)?.Document, claimOf.get(id)?.Text].filter(Boolean).join(': ') }, id), ' '];

function claims() {
  let document = '';
  return [...claimOf.values()].map(claim => {
    const counts = count(cases.filter(c => c.column !== selfChecks && c.Claims?.includes(claim.ID)));
    const heading = claim.Document !== document && el('li', { class: 'label' }, document = claim.Document);
    return [heading, el('li', { class: 'claim' }, el('a', { href: address({ claim: claim.ID }), class: 'mono' }, claim.ID), el('span', {}, quoted(claim.Text)),
      el('span', { title: words(counts) }, counts.length ? tallies(counts) : el('span', { class: 'label' }, 'self-checks only')))];
  });
}

// broken lets a column's name wrap.
const broken = mode => mode.split(/(?=TLS)|(?<=-)/).map((part, i) => [i > 0 && el('wbr'), part]);

/* The matrix, of what all filters but its own leave. */

function matrix(state) {
  const test = filters(state, 'area', 'mode');
  const cells = new Map();
  for (const c of cases) {
    if (!test(c)) continue;
    const at = `${c.Area}/${c.column}`;
    if (!cells.has(at)) cells.set(at, []);
    cells.get(at).push(c);
  }
  const apart = column => column === 'disabled' ? 'apart' : column === selfChecks ? 'apart self' : '';
  const link = (area, mode, here, ...content) => {
    const on = state.area === area && state.mode === mode;
    return el('a', { href: address({ ...state, area: on ? '' : area, mode: on ? '' : mode, case: '' }), 'data-col': columns.indexOf(mode) + 1, 'data-key': `cell ${area ?? ''} ${mode ?? ''}`,
      tabindex: '-1', 'aria-current': on && 'true', title: `${[area, mode].filter(Boolean).join(', ')}: ${here}`, click: () => { toList = !on; } }, content);
  };
  return [
    el('thead', {}, el('tr', { 'data-row': '' }, el('td', {}), columns.map(m => el('th', { scope: 'col', class: apart(m) }, link(undefined, m, words(count(cases.filter(c => c.column === m && test(c)))), broken(m)))))),
    el('tbody', {}, areas.map(area => el('tr', { 'data-row': '' },
      el('th', { scope: 'row' }, link(area, undefined, words(count(cases.filter(c => c.Area === area && test(c)))), area)),
      columns.map(m => {
        const counts = count(cells.get(`${area}/${m}`) ?? []);
        return el('td', { class: apart(m), 'data-mode': m }, counts.length > 0 &&
          link(area, m, words(counts), el('span', { class: 'tallies' }, tallies(counts)), bar(counts)));
      })))),
  ];
}

/* The list. */

// stated is a row's case of the scenario itself, if there is one: a derived one states something else.
const stated = ({ all }) => all.find(c => !c.DerivedDisabled) ?? all[0];

// row shows the cases of a row that pass the filters. Beneath another variant of its scenario it says only what differs.
function row(r, shown, state, above) {
  const { id } = r, first = stated(r);
  const variant = above && stated(above).Name === first.Name ? id.slice(first.Name.length) : '';
  const to = shown.find(c => c.Verdict === worst(shown));
  return el('li', { 'data-row': '', class: shown.some(c => c.ID === state.case) ? 'current' : false },
    el('span', { class: 'chips' }, modes.map((m, i) => {
      const c = shown.find(x => x.Mode === m);
      return c ? el('a', { href: open(c.ID, state), class: 'sign', 'data-verdict': c.Verdict, 'data-col': i + 1, 'data-key': c.ID, tabindex: '-1',
        'aria-label': `${c.ID}: ${c.Verdict}`, title: `${c.Mode}: ${c.Verdict}`, 'aria-current': c.ID === state.case && 'true' }, signs[c.Verdict]) : el('span', { class: 'sign none' });
    })),
    el('a', { class: `id mono ${variant && 'variant'}`, href: open(to.ID, state), tabindex: '-1', 'data-col': modes.length + 1, 'data-key': `row ${id}`, 'aria-label': id, title: id },
      variant || id.slice(first.Area.length + 1)),
    el('span', { class: 'statement' }, !(variant && stated(above).Says === first.Says) && first.Says, first.column === selfChecks && el('span', { class: 'tag' }, 'self-check')));
}

let inView = []; // ids of the cases of the list, in its order

function listing(state) {
  const test = filters(state);
  const out = [];
  let area, group, above;
  inView = [];
  for (const r of rows) {
    const shown = r.all.filter(test);
    if (!shown.length) continue;
    if (r.all[0].Area !== area) {
      above = undefined;
      area = r.all[0].Area;
      group = el('ol', { class: 'sheet' });
      out.push(el('section', { 'aria-label': area }, el('h2', {}, el('a', { href: address({ ...state, area: state.area === area ? '' : area, case: '' }) }, area),
        el('span', { class: 'chips label', 'aria-hidden': 'true' }, modes.map(m => el('abbr', { title: m }, m[0].toUpperCase())))), group));
    }
    inView.push(...shown.map(c => c.ID));
    group.append(row(r, shown, state, above));
    above = r;
  }
  return out.length ? out : el('p', { class: 'empty' }, 'No case is like that. ', el('a', { href: '#' }, 'Show all'));
}

const open = (id, state) => address({ ...state, case: id });

/* One case. */

// neighbours are the ids before and after a case in the list; from one that the filters leave out, the first is next.
function neighbours(id) {
  const at = inView.indexOf(id);
  return [at > 0 ? inView[at - 1] : undefined, inView[at + 1]];
}

function reading(state) {
  const c = byID.get(state.case);
  const back = el('a', { href: address({ ...state, case: '' }), id: 'back' }, '‹ All cases');
  if (!c) return [el('nav', {}, back), el('p', { class: 'empty' }, `This report has no case ${state.case}.`)];
  const [before, after] = neighbours(c.ID);
  const turn = (to, name, label, key) => el('a', { href: to && open(to, state), rel: name, 'aria-disabled': !to && 'true', title: `${label} (${key})` }, label);
  const id = c.ID.slice(0, c.ID.length - c.Mode.length - 1);
  return [
    el('nav', { class: 'screen', 'aria-label': 'cases' }, back, el('span', { class: 'spring' }),
      turn(before, 'prev', '‹ Previous', 'k'), turn(after, 'next', 'Next ›', 'j')),
    el('h1', { tabindex: '-1', id: 'case' }, el('span', { class: 'mono' }, id)),
    el('div', { class: 'modes' }, scenarios.get(id).map(x => el('a', { href: open(x.ID, state), 'aria-current': x === c && 'page', 'aria-label': `${x.Mode}: ${x.Verdict}` }, sign(x.Verdict), x.Mode)),
      c.column === selfChecks && el('span', { class: 'tag' }, 'self-check of the stand-in'), c.DerivedDisabled && el('span', { class: 'tag' }, 'derived: no scenario of its own')),
    evidence(c, { report, again: page.Again[c.ID], other: x => byID.get(x), link: x => open(x, state), claims: x => claimOf.get(x)?.Text ? el('div', {}, claimTag(x), quoted(claimOf.get(x).Text)) : claimTag(x) }),
  ];
}

/* The frame, which stays while the view changes. */

const choose = (name, label, values) => el('select', { id: name, 'aria-label': label, change: e => go({ [name]: e.target.value }) },
  el('option', { value: '' }, label), values.map(v => el('option', { value: v }, v)));
const box = el('input', { type: 'search', id: 'q', placeholder: 'Search cases, errors, certificates', 'aria-label': 'Search', autocomplete: 'off', spellcheck: 'false',
  input: () => go({ q: box.value }, { typing: true }) });
const chosen = [choose('area', 'All areas', areas), choose('mode', 'All modes', columns), choose('claim', 'All claims', [...claimOf.keys()])];
const verdicts = count(cases).map(([verdict]) => el('button', { type: 'button', 'data-verdict': verdict, 'aria-pressed': 'false', click: () => {
  const on = list(view().verdict);
  go({ verdict: page.Verdicts.filter(v => on.includes(v) !== (v === verdict)).join(',') });
} }, sign(verdict), el('span', {}, verdict), el('span', { class: 'n' })));
const found = el('p', { id: 'found', class: 'label', role: 'status' });
const table = el('table', { 'aria-label': 'areas by modes' });
const overview = el('div', { id: 'overview' },
  headline(),
  violations(),
  el('div', { class: 'board' },
    el('section', { class: 'sheet matrix', 'aria-label': 'matrix' }, table, el('div', { class: 'sums label' }, page.Sums.map(s => el('p', {}, s)))),
    el('div', { class: 'notes' }, notes())));
const bench = el('div', { class: 'controls screen', role: 'search' }, el('div', { class: 'wrap' }, box, chosen,
  el('div', { class: 'verdicts', role: 'group', 'aria-label': 'verdicts' }, verdicts)));
const cards = el('div', {});
const side = el('section', { id: 'list', 'aria-label': 'cases', tabindex: '-1' }, found, cards);
const sheet = el('section', { id: 'reading', 'aria-label': 'evidence' });

const keys = [['/', 'search'], ['←↑↓→', 'move'], ['Enter', 'open'], ['j k', 'next and previous case'], ['Esc', 'back']];
document.body.append(masthead(el('span', { class: 'muted run' }, `${report.Driver.Name} ${report.Driver.Version} against ${report.Backend.Name}`)),
  el('main', {}, el('div', { class: 'wrap' }, overview), bench, el('div', { class: 'wrap split' }, side, sheet)),
  el('footer', { class: 'wrap label screen' }, keys.map(([key, does]) => [el('kbd', {}, key), ` ${does} `])));
const settle = [roam(table), roam(cards)];

// go changes the view. Typing changes it in place after the first letter, so that the back button undoes all of it.
let typing = false;
function go(change, how = {}) {
  const to = address({ ...view(), ...change });
  if (to === address(view())) return;
  if (how.typing && typing) history.replaceState(null, '', to);
  else history.pushState(null, '', to);
  typing = how.typing ?? false;
  show();
}

const clear = () => go({ q: '', verdict: '', area: '', mode: '', claim: '' });

let last, scrolled = 0, toList = false;

function show() {
  const state = view();
  const narrowed = state.q || state.verdict || state.area || state.mode || state.claim;
  const same = last && ['q', 'verdict', 'area', 'mode', 'claim'].every(k => last[k] === state[k]);
  const wasReading = last?.case, isReading = state.case;
  if (isReading && !wasReading) scrolled = scrollY;
  if (!same) renew(table, matrix(state));
  renew(cards, listing(state));
  renew(sheet, isReading ? reading(state) : []);
  document.body.classList.toggle('reads', Boolean(isReading));
  sheet.hidden = !isReading;
  for (const at of settle) at();

  if (box.value !== (state.q ?? '')) box.value = state.q ?? '';
  for (const s of chosen) s.value = state[s.id] ?? '';
  const others = count(cases.filter(filters(state, 'verdict')));
  for (const b of verdicts) {
    b.setAttribute('aria-pressed', String(list(state.verdict).includes(b.dataset.verdict)));
    b.querySelector('.n').textContent = new Map(others).get(b.dataset.verdict) ?? 0;
  }
  renew(found, `${inView.length} of ${cases.length} cases`, narrowed && [' ', el('button', { type: 'button', class: 'plain', 'data-key': 'clear', click: clear }, 'clear')]);
  document.title = visible((isReading ? `${state.case} – ` : '') + page.Title);

  if (isReading && isReading !== wasReading) {
    scrollTo(0, 0);
    document.getElementById('case')?.focus({ preventScroll: true });
    reveal(cards.querySelector('.current'));
  } else if (!isReading && wasReading) {
    scrollTo(0, scrolled);
    const from = cards.querySelector(`[data-key="${CSS.escape(wasReading)}"]`);
    from?.focus({ preventScroll: true });
    from?.scrollIntoView({ block: 'nearest' });
  } else if (toList) {
    bench.scrollIntoView();
    side.focus({ preventScroll: true });
  }
  toList = false;
  last = state;
}

// reveal scrolls the list to a row, and the page not at all.
function reveal(row) {
  if (row && (row.offsetTop < side.scrollTop || row.offsetTop + row.offsetHeight > side.scrollTop + side.clientHeight)) {
    side.scrollTop = row.offsetTop - side.clientHeight / 2;
  }
}

addEventListener('hashchange', show);
addEventListener('beforeprint', () => { for (const d of document.querySelectorAll('#reading details')) d.open = true; });
addEventListener('keydown', event => {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const state = view();
  const types = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName) && event.target.tagName !== 'SELECT';
  if (event.key === 'Escape') {
    if (state.case) go({ case: '' });
    else if (types && !box.value) box.blur();
    else clear();
  } else if (types) {
    if (event.key === 'ArrowDown' || event.key === 'Enter') {
      event.preventDefault();
      cards.querySelector('[data-col][tabindex="0"]')?.focus();
    }
  } else if (event.key === '/') {
    event.preventDefault();
    box.focus();
    box.select();
  } else if (state.case && (event.key === 'j' || event.key === 'k')) {
    const to = neighbours(state.case)[event.key === 'j' ? 1 : 0];
    if (to) go({ case: to });
  }
});
show();
