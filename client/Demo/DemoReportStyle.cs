namespace DnaBart.Client.Demo;

/// <summary>How the demo's report looks: system fonts, light or dark as the reader's screen is.</summary>
internal static class DemoReportStyle
{
    public const string Css = """
        :root { color-scheme: light dark; --ink: #1d2430; --soft: #5c6675; --page: #fbfbf9; --card: #fff; --rule: #e3e5e8; --before: #c9822b; --after: #1c7f78; --good: #1c7f78; --bad: #c23b3b; --left: #aeb6c1; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e6e9ee; --soft: #9aa5b4; --page: #14181f; --card: #1c222b; --rule: #2f3743; --before: #e0a04e; --after: #45b5ab; --good: #45b5ab; --bad: #ef7b7b; --left: #5a6473; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", sans-serif; }
        main { max-width: 820px; margin: 0 auto; padding: 48px 20px 64px; }
        h1 { font-size: 2.1rem; line-height: 1.2; letter-spacing: -.02em; margin: 0 0 16px; }
        h2 { font-size: 1.25rem; letter-spacing: -.01em; margin: 44px 0 6px; }
        h3 { font-size: .95rem; font-weight: 600; margin: 0 0 8px; }
        p { margin: 0 0 12px; }
        .over { color: var(--after); font-weight: 600; letter-spacing: .08em; text-transform: uppercase; font-size: .78rem; margin: 0 0 6px; }
        .lede { font-size: 1.08rem; }
        section > p, article p { color: var(--soft); }
        .cards { display: grid; grid-template-columns: repeat(2, 1fr); gap: 14px; margin-top: 28px; }
        .card, article { background: var(--card); border: 1px solid var(--rule); border-radius: 10px; padding: 16px 18px; }
        .card h3 { color: var(--soft); font-weight: 500; margin: 0; }
        .figure { font-size: 2rem; font-weight: 650; letter-spacing: -.02em; line-height: 1.3; margin: 2px 0; color: var(--after); font-variant-numeric: tabular-nums; }
        .was { color: var(--before); }
        .arrow { color: var(--soft); font-weight: 400; margin: 0 .3em; }
        .note { color: var(--soft); font-size: .88rem; margin: 0; }
        svg { display: block; width: 100%; height: auto; overflow: visible; }
        svg text { fill: var(--soft); font-size: 12px; }
        svg text.value { font-size: 10.5px; }
        .grid { stroke: var(--rule); }
        .line { fill: none; stroke-width: 2.2; stroke-linejoin: round; }
        polyline.before { stroke: var(--before); } polyline.after { stroke: var(--after); }
        rect.before { fill: var(--before); } rect.after { fill: var(--after); }
        .key { font-size: .88rem; color: var(--soft); }
        .swatch { display: inline-block; width: 12px; height: 12px; border-radius: 3px; margin: 0 6px 0 18px; vertical-align: -1px; }
        .swatch:first-child { margin-left: 0; }
        .swatch.before { background: var(--before); } .swatch.after { background: var(--after); }
        .swatch.good, .stack .good { background: var(--good); } .swatch.bad, .stack .bad { background: var(--bad); } .swatch.left, .stack .left { background: var(--left); }
        .stack { display: flex; gap: 2px; height: 26px; border-radius: 6px; overflow: hidden; margin: 10px 0; }
        article { margin: 14px 0; }
        article p { margin: 8px 0 0; font-size: .92rem; }
        article h3 { font-weight: 500; color: var(--soft); overflow-wrap: anywhere; }
        .tag { font-size: .78rem; font-weight: 600; padding: 2px 9px; border-radius: 99px; margin-right: 6px; border: 1px solid currentColor; }
        .tag.good { color: var(--good); } .tag.bad { color: var(--bad); } .tag.left { color: var(--soft); }
        code, pre { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; font-size: .88rem; }
        pre { margin: 0; overflow-x: auto; line-height: 1.5; letter-spacing: .06em; }
        pre b { border-radius: 3px; padding: 0 1px; margin: 0 -1px; color: var(--card); }
        pre b.bad { background: var(--bad); } pre b.good { background: var(--good); }
        .row { display: inline-block; width: 7.5em; color: var(--soft); letter-spacing: 0; }
        footer { margin-top: 48px; border-top: 1px solid var(--rule); padding-top: 16px; }
        table { border-collapse: collapse; font-size: .85rem; color: var(--soft); }
        th { text-align: left; font-weight: 500; padding: 2px 18px 2px 0; vertical-align: top; white-space: nowrap; } td { overflow-wrap: anywhere; }
        @media (max-width: 560px) { .cards { grid-template-columns: 1fr; } h1 { font-size: 1.6rem; } .figure { font-size: 1.6rem; } }
        @media print { body { background: #fff; } .card, article { break-inside: avoid; } }
        """;
}
