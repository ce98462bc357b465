// What the page can do beyond being read: a cursor over the chart of time, copying the command, the
// result as a file. Without it nothing is missing from what is shown.
"use strict";
(() => {
  const data = document.getElementById("result");
  const result = JSON.parse(data.textContent);

  for (const button of document.querySelectorAll("[data-copy]")) {
    if (!navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.previousElementSibling.textContent);
      button.textContent = "copied";
    });
  }

  for (const button of document.querySelectorAll("[data-download]")) {
    if ("cut" in data.dataset) continue; // it is not all here
    button.hidden = false;
    button.addEventListener("click", () => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([JSON.stringify(result, null, 2)], { type: "application/json" }));
      link.download = "result.json";
      link.click();
      URL.revokeObjectURL(link.href);
    });
  }

  const chart = document.getElementById("timeline");
  if (!chart) return;
  const cursor = document.getElementById("cursor");
  const readout = document.getElementById("readout");
  const left = Number(chart.dataset.left), right = Number(chart.dataset.right), end = Number(chart.dataset.end);
  const series = result.series;
  let shown = -1;

  const number = (n) => n.toLocaleString("en", { maximumSignificantDigits: 3 });
  const duration = (ms) => ms >= 1000 ? `${number(ms / 1000)} s` : ms >= 1 ? `${number(ms)} ms` : `${number(ms * 1000)} us`;

  function show(index) {
    shown = Math.max(0, Math.min(series.at_s.length - 1, index));
    const x = left + (series.at_s[shown] / end) * (right - left);
    cursor.setAttribute("transform", `translate(${x.toFixed(1)} 0)`);
    cursor.setAttribute("visibility", "visible");
    const latency = series.count[shown] === 0 ? "nothing delivered"
      : `p50 ${duration(series.e2e_p50_ms[shown])}, p99 ${duration(series.e2e_p99_ms[shown])}, max ${duration(series.e2e_max_ms[shown])}`;
    readout.value = `${number(series.at_s[shown])} s: ${latency}; lag ${number(series.lag_records[shown])}; `
      + `in ${number(series.in_per_s[shown])}/s, out ${number(series.out_per_s[shown])}/s`;
    readout.hidden = false;
  }
  function at(seconds) {
    let low = 0, high = series.at_s.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (series.at_s[middle] <= seconds) low = middle; else high = middle - 1;
    }
    return low;
  }
  chart.addEventListener("pointermove", (event) => {
    const box = chart.getBoundingClientRect();
    const x = (event.clientX - box.left) / box.width * chart.viewBox.baseVal.width;
    show(at((x - left) / (right - left) * end));
  });
  chart.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    show((shown < 0 ? 0 : shown) + step);
  });
})();
