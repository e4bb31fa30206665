// Figures as people read them: the rules of energylabel/formatting.py, and every cell's source.
const MISSING = "–";

// With so many decimals, a tie to the even neighbour as in Python; toFixed goes up.
function rounded(value, places) {
  const halves = value * 2 ** (places + 1);  // an odd count of them is a tie, and nothing else
  if (!Number.isInteger(halves) || halves % 2 === 0) return Number(value.toFixed(places));
  const below = Math.floor(value * 10 ** places);
  return (below % 2 ? below + 1 : below) / 10 ** places;
}

// A number as it is written, [sign, digits, exponent]: 0.29 is 29e-2, and 29 % of something.
function written(value, power) {
  const [, sign, whole, rest, exponent] = /^(-?)(\d)\.?(\d*)e(.+)$/.exec(value.toExponential());
  return [sign, whole + rest, Number(exponent) + power - rest.length];
}
const shifted = (value, power) => { const [sign, digits, at] = written(value, power); return Number(`${sign}${digits}e${at}`); };

// The end of a range with so many decimals, rounded outward: way is DOWN or UP, and nothing between.
const DOWN = -1, UP = 1;
function outward(value, places, way) {
  const [sign, digits, at] = written(value, 0), cut = -at - places;  // how many digits go
  if (cut <= 0) return value;
  const kept = BigInt(digits.slice(0, -cut) || "0"), gone = /[1-9]/.test(digits.slice(-cut));
  const away = gone && (sign ? way === DOWN : way === UP);
  return Number(`${sign}${kept + (away ? 1n : 0n)}e${-places}`);
}

// As write(more) has it, with as few more digits as show on which side of a limit it lies.
function telling(value, limit, write) {
  if (limit === null || limit === undefined) return write(0);
  for (let more = 0; more < 20; more += 1) {
    const text = write(more), printed = Number(text.replaceAll(",", ""));
    if (Math.sign(printed - limit) === Math.sign(value - limit)) return text;
  }
  return String(value);
}

// With so many decimals (negative: tens); way is DOWN or UP for an end of a range.
function fixed(value, places, way) {
  const shown = Math.min(Math.max(places, 0), 20);
  if (way) value = outward(value, places, way);
  else value = places < 0 ? rounded(value / 10 ** -places, 0) * 10 ** -places : rounded(value, shown);
  return value.toLocaleString("en-US", {minimumFractionDigits: shown, maximumFractionDigits: shown});
}

function decimals(value, digits) {
  if (value === 0) return 0;
  const size = Math.abs(value), places = digits - 1 - Math.floor(Math.log10(size));
  return Number(size.toFixed(Math.max(places, 0))) >= 10 ** (digits - places) ? places - 1 : places;
}

function significant(value, digits, way) {
  if (value === 0) return "0";
  if (way) { const [, all, at] = written(value, 0); value = outward(value, digits - all.length - at, way); }
  const size = Math.abs(value);
  if (size < 1e-7 || size >= 1e7) return value.toExponential(digits - 1).replace("e+", "e");
  return fixed(value, decimals(value, digits));
}

// With as many more decimals as keep the class; a bound belongs to the better one.
function inClass(value, places, bounds, way) {
  const row = (number) => bounds.filter((bound) => bound < number).length;
  for (let more = 0; more < 20; more += 1) {
    const text = fixed(value, places + more, way);
    if (row(Number(text.replaceAll(",", ""))) === row(value)) return text;
  }
  return String(value);
}

// The limits that are set, in their own units: milliseconds, percent, megabytes, watt-hours.
const limits = {p95: null, acc: null, mem: null, wh: null};
let scales = {};
const inUnit = (limit, power) => limit === null ? null : shifted(limit, power);

function unitOf(wh) {
  for (const [power, unit] of [[0, "Wh"], [-6, "µWh"]]) if (wh >= 10 ** (power - 3)) return [power, unit];
  return [-9, "nWh"];
}

function wattHours(row) {
  if (row.wh_per_1000 === null && row.wh_per_1000_high === null) return MISSING;
  const counted = row.wh_per_1000 !== null, [power, unit] = unitOf(counted ? row.wh_per_1000 : row.wh_per_1000_high);
  const write = (wh, digits, way) => telling(shifted(wh, -power), inUnit(limits.wh, -power), (more) => significant(shifted(wh, -power), digits + more, way));
  if (counted) return `${write(row.wh_per_1000, 3)} ${unit}`;
  const low = write(row.wh_per_1000_low, 2, DOWN), high = write(row.wh_per_1000_high, 2, UP);
  return `≈ ${low === high ? low : `${low}–${high}`} ${unit}`;
}

// What a limit is held against: of a range the upper end.
const upperWattHours = (row) => row.wh_per_1000 !== null ? row.wh_per_1000 : row.wh_per_1000_high;

function percentage(share, way, places = 1) {
  const value = way ? shifted(share, 2) : 100 * share, text = fixed(value, places, way).replaceAll(",", ""), shown = Number(text);
  return places < 6 && ((shown === 100 && share < 1) || (shown === 0 && share > 0)) ? percentage(share, way, places + 1) : text;
}
const accuracyOf = (row) => telling(shifted(row.accuracy, 2), limits.acc, (more) => percentage(row.accuracy, 0, 1 + more));

function duration(seconds, limit = null) {
  const [power, unit] = seconds >= 1 ? [0, "s"] : seconds >= 1e-3 ? [-3, "ms"] : [-6, "µs"], scaled = shifted(seconds, -power);
  return `${telling(scaled, inUnit(limit, -3 - power), (more) => significant(scaled, (scaled < 100 ? 2 : 3) + more))} ${unit}`;
}
const p95Of = (row) => duration(row.latency_p95_s, limits.p95);

function counted(count, units, rest, limit = null) {
  if (count === null) return MISSING;
  for (const [unit, power] of units) {
    if (count < 10 ** power) continue;
    return `${telling(count / 10 ** power, inUnit(limit, 6 - power), (more) => significant(count / 10 ** power, 3 + more))} ${unit}`;
  }
  return `${count} ${rest}`.trim();
}
const size = (bytes, limit) => counted(bytes, [["TB", 12], ["GB", 9], ["MB", 6], ["kB", 3]], "bytes", limit);
const memoryOf = (row) => size(row.peak_memory_bytes, limits.mem);
const quantity = (count) => counted(count, [["T", 12], ["B", 9], ["M", 6], ["k", 3]], "");
const day = (unix) => Math.abs(unix) < 8e12 ? new Date(1000 * unix).toISOString().slice(0, 10) : "unknown";
const grouped = (count) => count.toLocaleString("en-US");

function between(low, high, write) {
  return low === null || high === null ? "" : `${write(low, DOWN)}–${write(high, UP)}`;
}
const three = (value, way) => significant(value, 3, way);
const about = (row) => row.provenance === "estimated" ? "≈ " : "";
const plain = (value) => Math.abs(value) >= 1e-7 && Math.abs(value) < 1e7;
const boundsOf = (row) => row.standard && scales[row.standard] ? scales[row.standard].energy : [];

function index(row) {
  const value = row.energy_index;
  if (value === null) return MISSING;
  return about(row) + (plain(value) ? inClass(value, Math.max(decimals(value, 3), 0), boundsOf(row)) : three(value));
}

// With the decimals of the index itself.
function indexInterval(row) {
  const value = row.energy_index;
  if (value === null) return "";
  const write = plain(value) ? (end, way) => inClass(end, decimals(value, 3), boundsOf(row), way) : three;
  return between(row.energy_index_low, row.energy_index_high, write);
}
// What whoever rated calls data of their own; other workloads have names that say it.
const titleOf = (row) => row.workload.startsWith("own-") ? row.workload_title : "";
const calledOf = (row) => titleOf(row) ? `${titleOf(row)} (${row.workload})` : row.workload;
const place = (row) => row.hardware + (row.setup ? ` · ${row.setup}` : "");

const source = {
  energy(row) {
    if (row.energy_index === null) return "an invalid measurement has no index";
    const how = {
      metered: "ratio of counted joules",
      "part-metered": "ratio of the GPU’s counted joules; its processor is not counted",
      estimated: "estimated: ratio of processor time; the range is what run time leaves open",
    }[row.provenance];
    return `${how}, candidate over reference on the same machine, ${row.blocks} blocks`;
  },
  wattHours(row) {
    const parts = row.components.split("+").join(" and ");
    if (row.watts_per_core_low !== null) {
      return `estimated, not measured: own processor time at ${row.watts_per_core_low} to ${row.watts_per_core_high} W per busy core (${parts}); a range without a middle`;
    }
    if (row.wh_per_1000 === null) return "no meter gave joules";
    const range = between(row.wh_per_1000_low, row.wh_per_1000_high, three);
    return `${row.provenance}: counters of ${parts}, gross, without power supply and cooling${range ? `; 95 % interval ${range} Wh` : ""}`;
  },
  accuracy: (row) => `${grouped(row.rows)} answers, Wilson’s 95 % interval; the most frequent class alone has ${percentage(row.majority_share)} %`,
  latency: (row) => `${grouped(row.latency_queries)} texts, one at a time, on this machine`,
  memory: (row) => row.device === "cuda" ? "peak of the GPU’s memory" : "peak of the process that holds the model",
};
