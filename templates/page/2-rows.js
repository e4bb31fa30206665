// The rows: unpacked once; filters, limits, fronts and orders over them.
function bytesOf(base64) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
  const text = atob(base64), bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at);
  return bytes;
}

async function unpack() {
  const packed = bytesOf(document.getElementById("data").textContent);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

// A row reads its figures from the columns: to copy them all would take longer than all else.
function rowsOf(whole) {
  const columns = {...whole.columns, dominators: whole.dominators};
  function Row(at) { this.at = at; }
  const derived = (name, get) => Object.defineProperty(Row.prototype, name, {get});
  for (const name of Object.keys(columns)) {
    const column = columns[name];
    derived(name, function () { return column[this.at]; });
  }
  derived("key", function () { return this.id.slice(0, 16); });
  derived("kind", function () { return [this.setup, this.asked].filter(Boolean).join(" · ") || "standard’s own"; });
  derived("address", function () { return this.evidence === null ? null : this.evidence.split("~").join(this.name); });
  derived("found", function () {
    if (this.words === undefined) this.words = [this.name, this.family, this.workload, this.workload_title, this.hardware, this.machine, this.setup, this.asked, this.language, this.id].join(" ").toLowerCase();
    return this.words;
  });
  return Array.from(columns.id, (id, at) => new Row(at));
}

const LETTERS = "ABCDEFG";
const number = (text) => text === "" || text === undefined || !Number.isFinite(Number(text)) ? null : Number(text);
const LIMITS = ["p95", "acc", "mem", "wh"];
const SAME = {workload: "workload", hardware: "hardware", device: "device", setup: "kind", family: "family", language: "language", provenance: "provenance"};

function within(row, state) {
  const p95 = number(state.p95), acc = number(state.acc), mem = number(state.mem), wh = number(state.wh);
  if (p95 !== null && !(shifted(row.latency_p95_s, 3) <= p95)) return false;
  if (acc !== null && !(shifted(row.accuracy, 2) >= acc)) return false;
  if (mem !== null && !(row.peak_memory_bytes !== null && shifted(row.peak_memory_bytes, -6) <= mem)) return false;
  const upper = upperWattHours(row);
  return wh === null || (upper !== null && upper <= wh);
}

function filtered(rows, state) {
  const words = (state.q || "").toLowerCase().split(/\s+/).filter(Boolean);
  const same = Object.keys(SAME).filter((name) => state[name]).map((name) => [SAME[name], state[name]]);
  const from = Date.parse(state.from || "") / 1000, to = Date.parse(state.to || "") / 1000 + 86400;
  const reaches = (letter, worst) => !worst || (letter !== null && letter <= worst);
  return rows.filter((row) =>
    same.every(([field, value]) => (row[field] === null ? "unknown" : row[field]) === value)
    && words.every((word) => row.found.includes(word))
    && (state.estimates !== "0" || row.provenance !== "estimated")
    && reaches(row.energy_class, state.energy) && reaches(row.accuracy_class, state.accuracy)
    && !(row.issued_at < from) && !(row.issued_at >= to)
    && within(row, state));
}

// Groups that may share a front: one workload, one kind of hardware, one provenance.
function groupsOf(rows) {
  const groups = new Map();
  for (const row of rows) {
    if (row.comparable === null || row.energy_index === null) continue;
    if (!groups.has(row.comparable)) groups.set(row.comparable, []);
    groups.get(row.comparable).push(row);
  }
  return groups;
}

// Rows whose figures no other of these beats in one without losing in the other; equals stay.
function stepsOf(group) {
  const ordered = [...group].sort((a, b) => a.energy_index - b.energy_index || b.accuracy - a.accuracy);
  const steps = [];
  let best = -1;
  for (const row of ordered) {
    const last = steps[steps.length - 1];
    const equal = last && last.energy_index === row.energy_index && last.accuracy === row.accuracy;
    if (row.accuracy > best || equal) steps.push(row);
    best = Math.max(best, row.accuracy);
  }
  return steps;
}

// Of each row whether it is on the front of what is shown: "no" where a row that is shown dominates
// it, as `energylabel compare` finds, "?" where that cannot be told here.
function fronts(groups, count) {
  const shown = new Uint8Array(count), on = new Map();
  for (const group of groups.values()) for (const row of group) shown[row.at] = 1;
  for (const group of groups.values()) {
    const unsure = [];
    for (const row of group) {
      const by = row.dominators;
      if (by === null) continue;
      let beaten = false;
      for (let at = 0; at < by.length && !beaten; at += 1) beaten = by[at] >= 0 && shown[by[at]] === 1;
      if (!beaten && by[by.length - 1] === -1) unsure.push(row);
      on.set(row, beaten ? "no" : "yes");
    }
    if (unsure.length) settle(group, unsure, on);
  }
  return on;
}

// There are more that dominate these rows than the page holds, and those that it holds are hidden:
// intervals that lie apart in both figures tell, too; else nothing does.
function settle(group, unsure, on) {
  const cheap = group.filter((row) => row.energy_index_high !== null && row.accuracy_low !== null).sort((a, b) => a.energy_index_high - b.energy_index_high);
  const best = [];
  cheap.forEach((row, at) => best.push(Math.max(row.accuracy_low, at ? best[at - 1] : 0)));
  for (const row of unsure) {
    let low = 0, high = cheap.length;  // how many surely take less
    while (low < high) {
      const middle = (low + high) >> 1;
      if (row.energy_index_low !== null && cheap[middle].energy_index_high <= row.energy_index_low) low = middle + 1;
      else high = middle;
    }
    on.set(row, low && row.accuracy_high !== null && best[low - 1] >= row.accuracy_high ? "no" : "?");
  }
}

const frontWord = (row, on) => on.get(row) || MISSING;

const ORDERS = {
  name: (row) => row.name.toLowerCase(),
  hardware: (row) => row.hardware,
  energy: (row) => row.energy_index,
  wh: upperWattHours,
  accuracy: (row) => row.accuracy,
  p95: (row) => row.latency_p95_s,
  memory: (row) => row.peak_memory_bytes,
  parameters: (row) => row.parameters,
  date: (row) => row.issued_at,
};

// Labels that may be held against each other stand together, the most frugal first.
function byGroup(a, b) {
  for (const field of ["workload", "hardware", "provenance"]) if (a[field] !== b[field]) return a[field] < b[field] ? -1 : 1;
  if (a.energy_index === null || b.energy_index === null) return (a.energy_index === null) - (b.energy_index === null);
  return a.energy_index - b.energy_index;
}

// What is missing comes last in either direction.
function sorted(rows, by, down, on) {
  if (by === "workload") { const grouped = [...rows].sort(byGroup); return down ? grouped.reverse() : grouped; }
  const value = by === "front" ? (row) => ({yes: 0, "?": 1, no: 2, [MISSING]: null})[frontWord(row, on)] : ORDERS[by];
  const keyed = rows.map((row) => [value(row), row]);
  const sign = down ? -1 : 1;
  keyed.sort(([a], [b]) => a === b ? 0 : a === null ? 1 : b === null ? -1 : a < b ? -sign : sign);
  return keyed.map(([, row]) => row);
}

function different(rows) {
  const fields = {standard: "standard", workload: "workload", hardware: "hardware", cores: "cores", provenance: "provenance", components: "counted parts", protocol: "protocol"};
  const found = Object.keys(fields).filter((name) => new Set(rows.map((row) => row[name])).size > 1).map((name) => fields[name]);
  if (!found.length && rows.some((row) => row.comparable === null)) found.push("validity (a quick look or an invalid measurement is compared with nothing)");
  if (!found.length && new Set(rows.map((row) => row.comparable)).size > 1) found.push("rows of the workload");
  return found;
}
