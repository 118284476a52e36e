// The progress chart: the numbers of the table below it, with the target as a line.
"use strict";

const element = document.getElementById("progress-chart");
if (element) {
  const data = JSON.parse(document.getElementById("progress-data").textContent);
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  const font = { fontFamily: getComputedStyle(document.body).fontFamily, color: colour("--ink"), fontSize: 13 };
  element.style.height = `${data.rows.length * 27 + 56}px`;
  const chart = echarts.init(element, null, { renderer: "canvas" });
  const behind = { color: colour("--bad"), decal: { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [3, 5], rotation: 0.785, color: "rgba(255,255,255,.28)" } };
  chart.setOption({
    animation: false,
    textStyle: font,
    aria: { enabled: true, decal: { show: false } },
    grid: { left: 8, right: 96, top: 28, bottom: 4, containLabel: true },
    tooltip: {
      trigger: "axis",
      renderMode: "richText",
      axisPointer: { type: "shadow" },
      formatter: ([point]) => `${point.name}  ${point.value}%  ${data.rows[point.dataIndex].label}`,
    },
    xAxis: {
      type: "value",
      min: 0,
      max: 100,
      axisLabel: { ...font, color: colour("--ink-3"), formatter: "{value}%" },
      splitLine: { lineStyle: { color: colour("--line-2") } },
    },
    yAxis: {
      type: "category",
      inverse: true,
      data: data.rows.map((row) => row.name),
      axisTick: { show: false },
      axisLine: { lineStyle: { color: colour("--line") } },
      axisLabel: { ...font, width: innerWidth < 600 ? 92 : 220, overflow: "truncate" },
    },
    series: [
      {
        type: "bar",
        barWidth: 14,
        data: data.rows.map((row) => ({
          value: row.percent,
          itemStyle: row.good ? { color: colour("--good") } : data.target === null ? { color: colour("--accent") } : behind,
        })),
        label: { show: true, position: "right", ...font, formatter: (point) => data.rows[point.dataIndex].label },
        markLine:
          data.target === null
            ? undefined
            : {
                symbol: "none",
                silent: true,
                lineStyle: { color: colour("--ink"), width: 2, type: "solid" },
                label: { ...font, formatter: `${data.target_name} ${data.target}%`, position: "start", distance: 6 },
                data: [{ xAxis: data.target }],
              },
      },
    ],
  });
  const fit = () => chart.resize();
  window.addEventListener("resize", fit);
  window.addEventListener("beforeprint", fit);
}
