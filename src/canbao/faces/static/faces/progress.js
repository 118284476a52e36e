// The progress chart: who is behind by how many people, and how far from the target. The numbers are those of the table.
"use strict";

const element = document.getElementById("progress-chart");
if (element) {
  const data = JSON.parse(document.getElementById("progress-data").textContent);
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  const font = { fontFamily: getComputedStyle(document.body).fontFamily, color: colour("--ink"), fontSize: 13 };
  const quiet = { ...font, color: colour("--ink-3") };
  const names = data.rows.map((row) => row.name);
  const narrow = element.clientWidth < 600;
  const hatched = {
    symbol: "rect",
    dashArrayX: [1, 0],
    dashArrayY: [3, 5],
    rotation: 0.785,
    color: "rgba(255,255,255,.28)",
  };
  element.style.height = `${data.rows.length * 26 + 72}px`;
  const chart = echarts.init(element, null, { renderer: "canvas" });
  const places = {
    type: "category",
    inverse: true,
    data: names,
    axisTick: { show: false },
    axisLine: { lineStyle: { color: colour("--line") } },
  };
  const bars = { type: "bar", barWidth: 14, barCategoryGap: 0 };
  const titles = [{ text: data.missing_name, left: narrow ? 92 : 130, top: 0, textStyle: { ...quiet, fontWeight: 400 } }];
  const grids = [{ left: narrow ? 92 : 130, right: narrow ? 64 : "46%", top: 44, bottom: 8 }];
  // The longest bar leaves room for the words behind it, on paper too.
  const roomy = (found) => found.max * 1.4 || 1;
  const xAxes = [{ type: "value", max: roomy, axisLabel: { show: false }, splitLine: { show: false } }];
  const yAxes = [{ ...places, axisLabel: { ...font, width: narrow ? 84 : 118, overflow: "truncate" } }];
  const series = [
    {
      ...bars,
      data: data.rows.map((row) => ({ value: row.missing, itemStyle: { color: colour("--bad"), decal: hatched } })),
      label: { show: true, position: "right", ...font, formatter: (point) => data.rows[point.dataIndex].label },
    },
  ];
  if (!narrow) {
    titles.push({ text: data.percent_name, left: "60%", top: 0, textStyle: { ...quiet, fontWeight: 400 } });
    grids.push({ left: "60%", right: 64, top: 44, bottom: 8 });
    xAxes.push({ type: "value", gridIndex: 1, min: 0, max: 100, axisLabel: { show: false }, splitLine: { show: false } });
    yAxes.push({ ...places, gridIndex: 1, axisLabel: { show: false } });
    series.push({
      ...bars,
      xAxisIndex: 1,
      yAxisIndex: 1,
      showBackground: true,
      backgroundStyle: { color: colour("--quiet-soft") },
      data: data.rows.map((row) => ({
        value: row.percent,
        itemStyle: { color: row.good ? colour("--good") : colour("--accent") },
        // A short bar has no room for its number inside.
        label: row.percent < 25 ? { position: "right", color: colour("--ink") } : { position: "insideLeft", color: "#fff" },
      })),
      label: { show: true, ...font, fontSize: 12, formatter: "{c}%" },
      markLine:
        data.target === null
          ? undefined
          : {
              symbol: "none",
              silent: true,
              lineStyle: { color: colour("--ink"), width: 2, type: "solid" },
              label: { ...font, formatter: `${data.target_name} ${data.target}%`, position: "start", distance: 4 },
              data: [{ xAxis: data.target }],
            },
    });
  }
  chart.setOption({
    animation: false,
    textStyle: font,
    title: titles,
    grid: grids,
    xAxis: xAxes,
    yAxis: yAxes,
    series,
    tooltip: {
      trigger: "item",
      renderMode: "richText",
      formatter: (point) => {
        const row = data.rows[point.dataIndex];
        return row ? `${row.name}  ${row.label}  ${row.percent}%` : "";
      },
    },
  });
  const fit = () => chart.resize();
  window.addEventListener("resize", fit);
  window.addEventListener("beforeprint", fit);
}
