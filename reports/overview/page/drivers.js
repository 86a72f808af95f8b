// The page of many drivers: areas, answers and options by driver; every cell leads to the page of its driver.

const { Columns, Areas, Answers, Options } = page.Drivers;

const to = (column, state) => Columns[column].Page && Columns[column].Page + address(state);

const link = (column, state, ...children) => {
  const href = to(column, state);
  return href ? el('a', { href }, children) : el('span', {}, children);
};

const board = (label, rows, full) => el('div', { class: 'sheet board', tabindex: 0, role: 'region', 'aria-label': label }, el('table', {},
  el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, label), Columns.map((c, i) => el('th', { scope: 'col' }, link(i, {}, c.Title),
    full && el('span', { class: 'label' }, [c.Driver.Build, c.Driver.TLS].filter(Boolean).join(', ')))))),
  el('tbody', {}, rows)));

const heading = text => el('th', { scope: 'row' }, text);

const areas = () => board('Area', (Areas ?? []).map(row => el('tr', {}, heading(row.Area), row.Cells.map((n, i) => {
  const counts = page.Verdicts.filter(v => n?.[v]).map(v => [v, n[v]]);
  return el('td', { title: words(counts) }, counts.length > 0 && link(i, { area: row.Area }, tallies(counts)));
}))), true);

const answer = (row, a, i) => el('td', {}, (a.Yes || a.No) && [
  link(i, { case: row.Case }, el('span', { class: 'sign', 'data-verdict': a.Yes ? 'conforms' : 'violates', 'aria-hidden': 'true' }, a.Yes ? '✓' : '✗'), a.Yes ? ' yes' : ' no'),
  a.How && el('span', { class: 'how' }, a.How)]);

const topics = [...new Set((Answers ?? []).map(a => a.Topic))];

document.body.append(masthead(), el('main', { class: 'wrap' }, el('h1', {}, 'Drivers'),
  el('p', { class: 'muted' }, `${Columns.length} drivers and versions, each against ${[...new Set(Columns.map(c => `${c.Backend.Name} ${c.Backend.Version ?? ''}`.trim()))].join(', ')}. Every cell leads to its evidence.`),
  el('section', { id: 'areas' }, el('h2', {}, 'Areas'), areas()),
  topics.map(topic => el('section', {}, el('h2', {}, topic), board('The driver …', Answers.filter(a => a.Topic === topic).map(row =>
    el('tr', {}, heading(row.Does), row.Answers.map((a, i) => answer(row, a, i))))))),
  Options?.length > 0 && el('section', { id: 'options' }, el('h2', {}, 'Options and abilities that are lacking'), board('Option', Options.map(o =>
    el('tr', {}, heading(el('code', {}, o.Name)), o.Instead.map((instead, i) => el('td', {}, instead && link(i, {}, instead))))))),
  el('section', { id: 'words' }, el('h2', {}, 'In words'), el('ul', { class: 'sheet words' }, (Answers ?? []).map((a, i) =>
    el('li', {}, el('b', {}, a.Does), ` — ${page.InWords[i] || 'nobody was asked'}`)))),
  el('p', { id: 'found', class: 'label' }, `${Columns.length} drivers and versions`)));
