// The page of a DnaBart server. Everything it shows comes from the server's own API; it asks nobody else.
'use strict';

const interval = 2000, points = 60;
const element = id => document.getElementById(id);
const whole = number => Math.round(number).toLocaleString('en');
let earlier = null;
const rates = [];

// Sums the samples of a metric in Prometheus' text format, those whose labels match.
function sum(text, name, matches = () => true) {
  let total = 0;
  for (const line of text.split('\n')) {
    const sample = /^([a-zA-Z_:][\w:]*)(\{.*\})? (\S+)/.exec(line);
    if (sample && sample[1] === name && matches(sample[2] ?? '')) total += Number(sample[3]);
  }
  return total;
}

function node(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function row(cells) {
  const made = node('tr');
  for (const [text, className] of cells) made.append(node('td', text, className));
  return made;
}

async function showLoad() {
  const answer = await fetch('/metrics');
  if (!answer.ok) return;
  const text = await answer.text(), now = performance.now();
  const counts = {
    now, reads: sum(text, 'dnabart_reads_total'), requests: sum(text, 'dnabart_requests_total'),
    refused: sum(text, 'dnabart_requests_total', labels => /outcome="(rejected|draining)"/.test(labels)),
  };
  element('queue').textContent = whole(sum(text, 'dnabart_queue_bases'));
  if (earlier) {
    const rate = key => 1000 * (counts[key] - earlier[key]) / (now - earlier.now);
    element('reads-rate').textContent = whole(rate('reads'));
    element('request-rate').textContent = rate('requests').toFixed(1);
    element('refused-rate').textContent = rate('refused').toFixed(1);
    rates.push(rate('reads'));
    if (rates.length > points) rates.shift();
    const top = Math.max(...rates, 1);
    element('chart-top').textContent = whole(top);
    element('line').setAttribute('points',
      rates.map((value, i) => `${600 - (rates.length - 1 - i) * 600 / (points - 1)},${116 - 112 * value / top}`).join(' '));
  }
  earlier = counts;
}

async function showModels() {
  const models = await (await fetch('/v1/models')).json();
  element('models').replaceChildren(...models.map(model => row([
    [model.name], [model.kind], [model.version, 'number'],
    [model.replicas.map(replica => (replica.silo ? `${replica.silo} ` : '') + replica.device).join(', ')],
    [whole(model.replicas.reduce((total, replica) => total + replica.queuedBases, 0)), 'number'],
  ])));
  const choices = models.filter(model => model.kind === 'correction').map(model => model.name), select = element('model');
  if ([...select.options].map(option => option.value).join() !== choices.join())
    select.replaceChildren(...choices.map(name => node('option', name)));
}

async function showSweeps() {
  const sweeps = await (await fetch('/v1/sweeps')).json();
  element('sweeps').replaceChildren(...(sweeps.length ? sweeps.flatMap(showSweep) : [node('p', 'None has been started.', 'note')]));
}

function showSweep(sweep) {
  const table = node('table'), head = node('tr');
  for (const [title, className] of [['Trial'], ['Status'], ['Score on dev', 'number']]) head.append(node('th', title, className));
  table.append(head, ...sweep.leaders.map(leader =>
    row([[leader.trial], [leader.status], [leader.score === null ? '–' : leader.score.toFixed(4), 'number']])));
  const scroll = node('div', undefined, 'scroll');
  scroll.append(table);
  const counts = ['completed', 'running', 'waiting', 'stopped', 'failed', 'cancelled'].filter(status => sweep[status] || status === 'completed')
    .map(status => `${sweep[status]} ${status}`).join(', ');
  return [node('h3', sweep.name), node('p', sweep.isOver ? `Over: ${counts}` : counts, 'note'), scroll];
}

function asFastq(text) {
  if (text.startsWith('@')) return text + '\n';
  const bases = text.replace(/\s+/g, '');
  return `@read\n${bases}\n+\n${'?'.repeat(bases.length)}\n`;
}

function showRead(read) {
  const sequence = node('div', undefined, 'read'), changes = new Map(read.changes.map(change => [change.position, change]));
  let plain = '';
  for (let i = 0; i < read.bases.length; i++) {
    const change = changes.get(i);
    if (!change) { plain += read.bases[i]; continue; }
    sequence.append(plain, node('del', change.from), node('ins', change.to));
    plain = '';
  }
  sequence.append(plain);
  const result = [node('h3', read.name), sequence];
  if (read.changes.length === 0) return [...result, node('p', 'Nothing to change.', 'note')];
  const table = node('table'), head = node('tr');
  for (const [title, className] of [['Base', 'number'], ['Change'], ['Quality', 'number'], ['Wrong by the sequencer', 'number'], ['Wrong by the model', 'number']])
    head.append(node('th', title, className));
  table.append(head, ...read.changes.map(change => row([
    [change.position + 1, 'number'], [`${change.from} to ${change.to}`], [change.phred, 'number'],
    [`${(100 * 10 ** (-change.phred / 10)).toPrecision(2)} %`, 'number'],
    [change.probability > 0.9999 ? '> 99.99 %' : `${(100 * change.probability).toFixed(2)} %`, 'number'],
  ])));
  const scroll = node('div', undefined, 'scroll');
  scroll.append(table);
  return [...result, scroll];
}

async function correct(event) {
  event.preventDefault();
  const text = element('read').value.trim(), answer = element('answer');
  if (!text) return;
  answer.replaceChildren(node('p', 'Correcting …', 'note'));
  try {
    const response = await fetch(`/v1/correct?model=${encodeURIComponent(element('model').value)}`,
      { method: 'POST', headers: { Accept: 'application/x-ndjson' }, body: asFastq(text) });
    if (!response.ok) throw new Error((await response.json()).detail);
    const reads = (await response.text()).trim().split('\n').map(line => JSON.parse(line));
    answer.replaceChildren(...reads.flatMap(showRead));
  } catch (error) {
    answer.replaceChildren(node('p', error.message, 'error'));
  }
}

async function refresh() {
  try {
    await Promise.all([showLoad(), showModels(), showSweeps()]);
    const ready = await fetch('/v2/health/ready');
    element('state').textContent = ready.ok ? 'ready' : 'not ready: loading or shutting down';
  } catch {
    element('state').textContent = 'the server does not answer';
  }
  setTimeout(refresh, interval);
}

element('try').addEventListener('submit', correct);
refresh();
