// The page of one comparison: what changed, the most harmful first, and one case with the evidence of both sides.

const comparison = page.Comparison;
const groups = (comparison.Groups ?? []).map((g, i) => ({ ...g, number: i + 1, phrase: page.Phrases[g.Kind], where: page.Where[i], why: page.Why[i] ?? [] }));
const changes = groups.flatMap(g => g.Changes.map(c => ({ ...c, group: g, id: (c.Head ?? c.Base).ID, area: (c.Head ?? c.Base).Area })));
const byID = new Map(changes.map(c => [c.id, c]));
const unique = values => [...new Set(values)];

// A tone is the verdict whose colour a group has: what breaks somebody, what is better, what is no change of behaviour.
const better = ['faster', 'ends', 'encrypted', 'fixed', 'gained'], hides = ['undecided', 'gone'], apart = ['decided', 'untried', 'restated', 'new'];
const tone = g => g.Regression ? 'violates' : hides.includes(g.Kind) ? 'inconclusive' : better.includes(g.Kind) ? 'conforms' : apart.includes(g.Kind) ? 'unsupported' : 'known';

/* Details. */

// difference is two texts with the words marked that they do not share, in order. White space between words is a word, and can be seen where
// it differs.
function difference(a, b) {
  const [x, y] = [a, b].map(text => text.split(/(\s+)/).filter(Boolean));
  // common[i][j] is how many words x from i and y from j have in common.
  const common = Array.from({ length: x.length + 1 }, () => new Uint16Array(y.length + 1));
  if (x.length * y.length <= 4e6) for (let i = x.length - 1; i >= 0; i--) for (let j = y.length - 1; j >= 0; j--) common[i][j] = x[i] === y[j] ? common[i + 1][j + 1] + 1 : Math.max(common[i + 1][j], common[i][j + 1]);
  const sides = [[], []];
  const add = (side, word, differs) => {
    const last = sides[side].at(-1);
    if (last?.differs === differs) last.text += word;
    else sides[side].push({ text: word, differs });
  };
  for (let i = 0, j = 0; i < x.length || j < y.length;) {
    if (i < x.length && j < y.length && x[i] === y[j]) { add(0, x[i++], false); add(1, y[j++], false); }
    else if (j >= y.length || i < x.length && common[i + 1][j] >= common[i][j + 1]) add(0, x[i++], true);
    else add(1, y[j++], true);
  }
  return sides.map(parts => parts.length === 0 ? el('span', { class: 'muted' }, 'none') : el('code', {}, parts.map(p => p.differs ? el('mark', {}, spaced(p.text)) : p.text)));
}

// spaced makes white space visible: all of it in a text of nothing else, and what is not one space between words.
const spaced = text => text.replace(text.trim() ? /\s{2,}|[\n\t]/g : /\s+/g, s => s.replaceAll(' ', '␣').replaceAll('\t', '⇥').replaceAll('\n', '↵\n'));

const details = list => (list ?? []).length > 0 && el('table', { class: 'details' },
  el('thead', { class: 'unseen' }, el('tr', {}, ['what', 'base', 'head'].map(h => el('th', { scope: 'col' }, h)))),
  el('tbody', {}, list.map(d => {
    const [before, after] = difference(d.Base ?? '', d.Head ?? '');
    return el('tr', {}, el('th', { scope: 'row', class: 'label' }, d.What), el('td', {}, before), el('td', { class: 'arrow', 'aria-hidden': 'true' }, '→'), el('td', {}, after));
  })));

// whole are the details of a group with the whole values that its first case has: what equal changes share is cut to what differs.
const whole = g => (g.Details ?? []).map(d => (g.Changes[0].Details ?? []).find(c => c.Kind === d.Kind && c.What === d.What) ?? d);

/* The overview. */

const coordinates = (name, s) => el('div', { class: 'coordinates' }, el('h2', { class: 'label' }, name), el('p', {}, el('b', {}, `${s.Driver.Name} ${s.Driver.Version}`), ' against ', `${s.Backend.Name} ${s.Backend.Version ?? ''}`),
  el('p', { class: 'label' }, [s.Driver.Checkout, s.Driver.Build, s.Driver.TLS, `median ${s.MedianMS} ms`, s.Interrupted && 'interrupted', s.Started].filter(Boolean).join(' · ')));

const panel = (title, lines) => lines.length > 0 && el('section', { class: 'sheet note' }, el('h2', {}, title), el('ul', {}, lines.map(l => el('li', {}, l))));

const worst = groups.some(g => g.Regression) || (comparison.Abilities ?? []).some(a => a.Kind === 'lost') ? 'violates' : page.Unchanged ? 'conforms' : 'known';
const overview = el('div', { id: 'overview' },
  el('section', { class: 'headline' },
    el('h1', {}, sign(worst), page.Summary[0].toUpperCase() + page.Summary.slice(1)),
    el('p', { class: 'subject' }, page.Title, el('span', { class: 'muted' }, `, ${comparison.Compared} cases compared`)),
    el('div', { class: 'sides' }, coordinates('Base', comparison.Base), coordinates('Head', comparison.Head))),
  el('div', { class: 'notes' }, panel('How far the reports fit', comparison.Notes ?? []), panel('Options and abilities', page.Abilities ?? []), panel('What it offers', page.Offers ?? [])));

/* The list. */

const haystack = c => c.text ??= [c.id, c.group.phrase, (c.Head ?? c.Base).Says, ...(c.Details ?? []).flatMap(d => [d.What, d.Base, d.Head])].join('\n').toLowerCase();

function filters(state) {
  const typed = (state.q ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  return c => (!state.kind || c.group.Kind === state.kind) && (!state.area || c.area === state.area) && typed.every(word => haystack(c).includes(word));
}

const open = (id, state) => address({ ...state, case: id });

let inView = [];

function listing(state) {
  const test = filters(state);
  inView = changes.filter(test);
  if (!changes.length) return el('p', { class: 'empty' }, 'No case differs.');
  if (!inView.length) return el('p', { class: 'empty' }, 'No change is like that. ', el('a', { href: '#' }, 'Show all'));
  return groups.map(g => {
    const shown = inView.filter(c => c.group === g);
    return shown.length > 0 && el('section', { class: 'sheet group', 'data-verdict': tone(g), 'aria-label': g.phrase },
      el('h2', {}, el('span', { class: 'sign', 'aria-hidden': 'true' }, g.number), g.phrase, el('span', { class: 'label' }, `${g.Changes.length} case${g.Changes.length === 1 ? '' : 's'}, ${g.where}`)),
      g.why.map(text => el('p', {}, text)),
      details(whole(g)),
      el('details', { open: shown.length <= 6 || shown.some(c => c.id === state.case) }, el('summary', { class: 'label' }, 'Cases'),
        el('ol', {}, shown.map(c => el('li', { class: c.id === state.case && 'current' }, el('a', { href: open(c.id, state), 'data-key': c.id, class: 'mono' }, c.id))))));
  });
}

/* One case. */

const witnesses = (name, s, c) => el('section', { class: 'side', 'aria-label': name }, el('h2', {}, name, el('span', { class: 'label' }, ` ${s.Driver.Name} ${s.Driver.Version}`)),
  c ? evidence(c, { report: s, name, other: id => id === c.ID ? c : null, link: id => open(id), claims: id => [el('span', { class: 'tag' }, id), ' '] }) : el('p', { class: 'muted' }, 'This report does not hold the case.'));

function reading(state) {
  const c = byID.get(state.case);
  const back = el('a', { href: address({ ...state, case: '' }), id: 'back' }, '‹ All changes');
  if (!c) return [el('nav', {}, back), el('p', { class: 'empty' }, `No change of ${state.case} is in this comparison.`)];
  const at = inView.indexOf(c);
  const turn = (to, rel, label, key) => el('a', { href: to && open(to.id, state), rel, 'aria-disabled': !to && 'true', title: `${label} (${key})` }, label);
  return [
    el('nav', { class: 'screen', 'aria-label': 'changes' }, back, el('span', { class: 'spring' }), turn(inView[at - 1], 'prev', '‹ Previous', 'k'), turn(inView[at + 1], 'next', 'Next ›', 'j')),
    el('h1', { tabindex: '-1', id: 'case', class: 'mono' }, c.id),
    el('p', { class: 'why', 'data-verdict': tone(c.group) }, el('b', {}, c.group.phrase)),
    details(c.Details),
    el('div', { class: 'pair' }, witnesses('Base', comparison.Base, c.Base), witnesses('Head', comparison.Head, c.Head)),
  ];
}

/* The frame, which stays while the view changes. */

const choose = (name, label, values) => el('select', { id: name, 'aria-label': label, change: e => go({ [name]: e.target.value }) },
  el('option', { value: '' }, label), values.map(([value, text]) => el('option', { value }, text)));
const box = el('input', { type: 'search', id: 'q', placeholder: 'Search changes', 'aria-label': 'Search', autocomplete: 'off', spellcheck: 'false', input: () => go({ q: box.value }) });
const chosen = [choose('kind', 'All changes', unique(groups.map(g => g.Kind)).map(k => [k, page.Phrases[k]])), choose('area', 'All areas', unique(changes.map(c => c.area)).sort().map(a => [a, a]))];
const found = el('p', { id: 'found', class: 'label', role: 'status' });
const cards = el('div', {});
const sheet = el('section', { id: 'reading', 'aria-label': 'evidence' });
const side = el('section', { id: 'list', 'aria-label': 'changes', tabindex: '-1' }, found, cards);
document.body.append(masthead(), el('main', { class: 'wrap' }, overview,
  el('div', { class: 'controls screen', role: 'search' }, box, chosen), side, sheet));

function go(change) {
  const to = address({ ...view(), ...change });
  if (to === address(view())) return;
  history.pushState(null, '', to);
  show(); // at once: what follows, such as the next key, finds the new view
}

let scrolled = 0, last;

function show() {
  const state = view();
  if (state.case && !last) scrolled = scrollY;
  renew(cards, listing(state));
  renew(sheet, state.case ? reading(state) : []);
  document.body.classList.toggle('reads', Boolean(state.case));
  sheet.hidden = !state.case;
  if (box.value !== (state.q ?? '')) box.value = state.q ?? '';
  for (const s of chosen) s.value = state[s.id] ?? '';
  renew(found, `${inView.length} of ${changes.length} changes`);
  document.title = visible((state.case ? `${state.case} – ` : '') + page.Title);
  if (state.case && state.case !== last) {
    scrollTo(0, 0);
    document.getElementById('case')?.focus({ preventScroll: true });
  } else if (!state.case && last) {
    scrollTo(0, scrolled);
    cards.querySelector(`[data-key="${CSS.escape(last)}"]`)?.focus({ preventScroll: true });
  }
  last = state.case;
}

addEventListener('hashchange', show);
addEventListener('beforeprint', () => { for (const d of document.querySelectorAll('details')) d.open = true; });
addEventListener('keydown', event => {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const types = event.target.tagName === 'INPUT';
  if (event.key === 'Escape') go(view().case ? { case: '' } : { q: '', kind: '', area: '' });
  else if (!types && event.key === '/') {
    event.preventDefault();
    box.focus();
  } else if (!types && view().case && (event.key === 'j' || event.key === 'k')) {
    const to = inView[inView.indexOf(byID.get(view().case)) + (event.key === 'j' ? 1 : -1)];
    if (to) go({ case: to.id });
  }
});
show();
