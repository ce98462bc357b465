// HdrHistogram logs and percentile plots, read by a library that shares no code with their writer.
// Usage: hdr_test.mjs FOLDER
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build, HistogramLogReader, listTags } from "hdr-histogram-js";

const folder = process.argv[2];
const read = (name) => readFileSync(join(folder, name), "utf8");
const histogramsOf = (text) => {
  const reader = new HistogramLogReader(text, 64);
  const all = [];
  for (let next = reader.nextIntervalHistogram(); next !== null; next = reader.nextIntervalHistogram()) all.push(next);
  return all;
};

// Every line: its tag, start, counts and percentiles.
const expected = JSON.parse(read("lines.json"));
const found = histogramsOf(read("run.hlog"));
assert.equal(found.length, expected.length);
assert.ok(found.length > 600);
found.forEach((histogram, i) => {
  const want = expected[i];
  assert.equal(histogram.tag === "NO TAG" ? "" : histogram.tag, want.tag);
  assert.equal(histogram.startTimeStampMsec, want.from_s * 1000);
  assert.equal(histogram.totalCount, want.count);
  if (want.count > 0) {
    assert.ok(Math.abs(histogram.maxValue - want.max_ns) <= want.max_ns / 1024, `max ${histogram.maxValue} of ${want.max_ns}`);
    for (const [percentile, ns] of [[50, want.p50_ns], [99, want.p99_ns]]) {
      const value = histogram.getValueAtPercentile(percentile);
      assert.ok(Math.abs(value - ns) <= ns / 1024, `p${percentile} ${value} of ${ns}`);
    }
  }
});
assert.deepEqual([...listTags(read("run.hlog"))].sort(), ["NO TAG", "publish"]);

// The same run upon another date.
const start = Date.UTC(2026, 0, 1);
histogramsOf(read("dated.hlog")).forEach((histogram, i) => assert.equal(histogram.startTimeStampMsec, start + expected[i].from_s * 1000));

// The plot is the one that the library makes of the same latencies.
const all = build({ bitBucketSize: 64, numberOfSignificantValueDigits: 3, lowestDiscernibleValue: 1, highestTrackableValue: 2 ** 40 });
found.forEach((histogram, i) => { if (expected[i].tag === "" && expected[i].from_s >= 30) all.add(histogram); });
const rows = (text) => text.split("\n").filter((line) => /^\s+\d/.test(line) && !line.includes("Value")).map((line) => line.trim().split(/\s+/).map(Number));
const ours = rows(read("run.hgrm")), theirs = rows(all.outputPercentileDistribution(5, 1e6));
assert.ok(ours.length > 30);
assert.deepEqual(ours, theirs);
const footer = (text, what) => Number(new RegExp(`${what} *= *([\\d.]+)`).exec(text)[1]);
const theirPlot = all.outputPercentileDistribution(5, 1e6), ourPlot = read("run.hgrm");
for (const what of ["Mean", "StdDeviation", "Total count"]) assert.equal(footer(ourPlot, what), footer(theirPlot, what), what);
// Of the greatest bucket one takes the greatest value, the other the least.
assert.ok(Math.abs(footer(ourPlot, "Max") / footer(theirPlot, "Max") - 1) < 1 / 1024);
console.log(`${found.length} histograms and ${ours.length} percentiles`);
