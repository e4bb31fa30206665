// Figures as people read them: the rules of energylabel/formatting.py, and every cell's source.
const MISSING = "–";

// With so many decimals, a tie to the even neighbour as in Python; toFixed goes up.
function rounded(value, places) {
  const halves = value * 2 ** (places + 1);  // an odd count of them is a tie, and nothing else
  if (!Number.isInteger(halves) || halves % 2 === 0) return Number(value.toFixed(places));
  const below = Math.floor(value * 10 ** places);
  return (below % 2 ? below + 1 : below) / 10 ** places;
}

function significant(value, digits) {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size < 1e-7 || size >= 1e7) return value.toExponential(digits - 1).replace("e+", "e");
  let places = digits - 1 - Math.floor(Math.log10(size));
  if (Number(size.toFixed(Math.max(places, 0))) >= 10 ** (digits - places)) places -= 1;
  const fixed = Math.max(places, 0);
  value = places < 0 ? rounded(value / 10 ** -places, 0) * 10 ** -places : rounded(value, fixed);
  return value.toLocaleString("en-US", {minimumFractionDigits: fixed, maximumFractionDigits: fixed});
}

// One end of a wide range: one digit, or two where that one would be a 1 or a 2.
function rough(value) {
  const text = significant(value, 1);
  return /^[0.]*[12]/.test(text) ? significant(value, 2) : text;
}

function unitOf(wh) {
  for (const [factor, unit] of [[1, "Wh"], [1e-6, "µWh"]]) if (wh >= factor / 1000) return [factor, unit];
  return [1e-9, "nWh"];
}

function wattHours(row) {
  if (row.wh_per_1000 !== null) {
    const [factor, unit] = unitOf(row.wh_per_1000);
    return `${significant(row.wh_per_1000 / factor, 3)} ${unit}`;
  }
  if (row.wh_per_1000_high === null) return MISSING;
  const [factor, unit] = unitOf(row.wh_per_1000_high);
  const low = rough(row.wh_per_1000_low / factor), high = rough(row.wh_per_1000_high / factor);
  return `≈ ${low === high ? low : `${low}–${high}`} ${unit}`;
}

// What a limit is held against: of a range the upper end.
const upperWattHours = (row) => row.wh_per_1000 !== null ? row.wh_per_1000 : row.wh_per_1000_high;

function percentage(share) {
  for (let places = 1; ; places += 1) {
    const value = rounded(100 * share, places), text = value.toFixed(places);
    if (places === 6 || !((value === 100 && share < 1) || (value === 0 && share > 0))) return text;
  }
}

function duration(seconds) {
  for (const [factor, unit] of [[1, "s"], [1e-3, "ms"], [1e-6, "µs"]]) {
    const scaled = seconds / factor;
    if (scaled >= 1 || unit === "µs") return `${significant(scaled, scaled < 100 ? 2 : 3)} ${unit}`;
  }
}

function counted(count, units, rest) {
  for (const [unit, factor] of units) if (count >= factor) return `${significant(count / factor, 3)} ${unit}`;
  return `${count} ${rest}`.trim();
}
const size = (bytes) => counted(bytes, [["TB", 1e12], ["GB", 1e9], ["MB", 1e6], ["kB", 1e3]], "bytes");
const quantity = (count) => counted(count, [["T", 1e12], ["B", 1e9], ["M", 1e6], ["k", 1e3]], "");
const day = (unix) => Math.abs(unix) < 8e12 ? new Date(1000 * unix).toISOString().slice(0, 10) : "unknown";
const grouped = (count) => count.toLocaleString("en-US");

function between(low, high, write) {
  return low === null || high === null ? "" : `${write(low)}–${write(high)}`;
}
const three = (value) => significant(value, 3);
const about = (row) => row.provenance === "estimated" ? "≈ " : "";
const index = (row) => row.energy_index === null ? MISSING : about(row) + three(row.energy_index);
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
