# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The Ebb authors
"""Turns the results of memory_scenarios into Markdown tables and verdicts about Ebb.

Results are dicts by server name; what a peer reaches is printed, never judged.
"""

import servers
import tables

MIB = 1 << 20
SLICE_MS = 1.0
PROBE_FACTOR = 1.5
PROBE_PLUS_MS = 1.0


class Judge:
    """Collects the rows of the summary: what was promised, what was measured, and the best peer."""

    def __init__(self):
        self.rows = []
        self.met = True

    def add(self, scenario, what, value, text, target, limit, peers=(), at_least=False):
        """One promise. `peers`: (value, name) of those that measured the same; None is worst."""
        passed = value is not None and (value >= limit if at_least else value <= limit)
        self.met = self.met and passed
        known = [peer for peer in peers if peer[0] is not None]
        best = (max if at_least else min)(known) if known else None
        self.rows.append([scenario, what, show(value, text), target,
                          f"{show(best[0], text)} ({best[1]})" if best else "-",
                          tables.verdict(passed)])

    def table(self):
        return tables.table(["scenario", "what", "Ebb", "target", "best peer", "result"], self.rows)


def show(value, text="{:.2f}"):
    return "-" if value is None else text.format(value)


def mib(value):
    return show(value / MIB, "{:,.0f}")


def get(result, *path):
    for name in path:
        if not isinstance(result, dict) or result.get(name) is None:
            return None
        result = result[name]
    return result


def values(results, ebb, *path):
    """(Ebb's value, the peers' values with names) at `path`."""
    peers = [(get(result, *path), name) for name, result in results.items() if name != ebb]
    return get(results.get(ebb, {}), *path), peers


def merge(runs):
    """The median of each number over several runs of one scenario; the rest from the first run.

    None (not before the deadline) counts as worse than any number.
    """
    first = runs[0]
    if isinstance(first, dict):
        return {name: merge([run.get(name) for run in runs]) for name in first}
    numbers = [run for run in runs if isinstance(run, (int, float)) and not isinstance(run, bool)]
    if isinstance(first, bool):
        return all(runs)
    if not numbers or len(numbers) + runs.count(None) != len(runs):
        return first
    ordered = sorted(runs, key=lambda run: float("inf") if run is None else run)
    return ordered[len(ordered) // 2]


# ------------------------------------------------------------------------------------- scenarios

# scenario: (heading, what it does, seconds after which Ebb is judged -> at most)
RATIOS = {
    "delete": ("87.5 % deleted by DEL", {"1": 1.25, "5": 1.10}),
    "expire": ("87.5 % expired within 5 s", {"5": 1.10}),
    "shrink": ("Every value overwritten by a quarter of its size", {"5": 1.10}),
    "churn": ("Churn", {"settled": 1.10}),
}


def settle_moment(result):
    """The last moment at which the ratio is known."""
    return max(result["ratios"], key=int)


def ratio(result, moment):
    ratios = get(result, "ratios")
    return ratios and ratios.get(settle_moment(result) if moment == "settled" else moment)


def add_slices(judge, scenario, results, ebb, *path):
    worst = get(results.get(ebb, {}), *path, "slice_ms")
    if ebb in results:
        judge.add(scenario, "longest slice, ms", worst, "{:.2f}", f"<= {SLICE_MS:.0f}", SLICE_MS)


def ratios_section(scenario, results, ebb, judge):
    heading, limits = RATIOS[scenario]
    moments = list(next(iter(results.values()))["ratios"])
    headings = ["server", "loaded MiB", "used_memory MiB"] + [f"{m} s" for m in moments]
    extra = {"expire": ["all gone after s"], "churn": ["GET µs", "fresh µs", "ratio"]}
    headings += extra.get(scenario, []) + ["longest slice ms"]
    rows = []
    for name, result in results.items():
        row = [name, mib(result["loaded"]), mib(result["used"])]
        row += [show(result["ratios"].get(m)) for m in moments]
        if scenario == "expire":
            row.append(show(result["gone_s"]))
        if scenario == "churn":
            row += [show(result["get_us"]), show(result["fresh_get_us"]),
                    show(result["get_ratio"], "{:.3f}")]
        rows.append(row + [show(result["slice_ms"])])
    if ebb in results:
        for moment, limit in limits.items():
            peers = [(ratio(r, moment), n) for n, r in results.items() if n != ebb]
            what = "RSS / used, settled" if moment == "settled" else f"RSS / used after {moment} s"
            judge.add(scenario, what, ratio(results[ebb], moment), "{:.2f}", f"<= {limit:.2f}",
                      limit, peers)
        if scenario == "expire":
            mine, peers = values(results, ebb, "gone_s")
            judge.add(scenario, "all gone, s", mine, "{:.2f}", "<= 1.00", 1.0, peers)
        if scenario == "churn":
            mine, peers = values(results, ebb, "get_ratio")
            judge.add(scenario, "GET CPU / fresh", mine, "{:.3f}", "<= 1.03", 1.03, peers)
        add_slices(judge, scenario, results, ebb)
    text = f"\n### {heading}\n\n" + tables.table(headings, rows)
    late = [n for n, r in results.items() if r.get("deadlines_late_s")]
    if late:
        text += f"\nThe deadlines were set later than the first of them: {', '.join(late)}.\n"
    return text


def flush_section(scenario, results, ebb, judge):
    rows = [[name, mib(r["loaded"]), mib(r["empty"]), show(r["reply_ms"]), show(r["back_s"]),
             mib(r["left"]), show(r["slice_ms"])] for name, r in results.items()]
    if ebb in results:
        mine, peers = values(results, ebb, "reply_ms")
        judge.add(scenario, "reply, ms", mine, "{:.2f}", "< 1", 1.0, peers)
        mine, peers = values(results, ebb, "back_s")
        judge.add(scenario, "back at empty + 8 MiB, s", mine, "{:.2f}", "<= 1", 1.0, peers)
        add_slices(judge, scenario, results, ebb)
    return "\n### FLUSHALL\n\n" + tables.table(
        ["server", "loaded MiB", "empty MiB", "reply ms", "memory back after s",
         "left at the end MiB", "longest slice ms"], rows)


def big_section(scenario, results, ebb, judge):
    deeds = ("del", "overwrite", "expire")
    rows = [[name] + [f"{show(r[d]['reply_ms'])} / {show(r[d]['back_s'])}" for d in deeds]
            + [" / ".join(show(r[d]["slice_ms"]) for d in deeds)] for name, r in results.items()]
    if ebb in results:
        for deed in deeds:
            mine, peers = values(results, ebb, deed, "reply_ms")
            judge.add(scenario, f"{deed}: reply, ms", mine, "{:.2f}", "< 1", 1.0, peers)
            mine, peers = values(results, ebb, deed, "back_s")
            judge.add(scenario, f"{deed}: memory back, s", mine, "{:.2f}", "<= 1", 1.0, peers)
            add_slices(judge, f"{scenario} {deed}", results, ebb, deed)
    return ("\n### A string of 512 MB\n\nReply in milliseconds / seconds until the memory is back. "
            "The reply of expiry is that of a GET just after the deadline.\n\n" + tables.table(
                ["server", "DEL", "overwrite", "expiry", "longest slice ms"], rows))


def kept_speed(result):
    """Speed with defrag beside that without; None when it was not seen to work."""
    return result["with"] / result["without"] if result and result["with"] else None


def throughput_section(scenario, results, ebb, judge):
    rows, notes = [], ""
    for name, result in results.items():
        if "skipped" in result:
            notes += f"\n{name}: {result['skipped']}\n"
            continue
        for test in ("set", "get"):
            r = result[test]
            rows.append([name, test.upper(), f"{r['without'] / 1000:,.0f}",
                         show(r["with"] and r["with"] / 1000, "{:,.0f}"), show(kept_speed(r)),
                         f"{r['share']:.0%}"])
    if ebb in results:
        for test in ("set", "get"):
            r = results[ebb].get(test)
            judge.add(scenario, f"{test.upper()} with / without defrag",
                      kept_speed(r), "{:.2f}", ">= 0.85", 0.85,
                      at_least=True)
    return ("\n### Full speed while defrag works\n\nredis-benchmark -P 16 on a fragmented server, "
            "thousands of operations per second; \"seen\" is the share of INFO's samples that "
            "showed defrag running; without any the target counts as missed.\n\n" + tables.table(
                ["server", "test", "without", "with", "ratio", "seen"], rows) + notes)


def idle_section(scenario, results, ebb, judge):
    if ebb in results:
        mine, peers = values(results, ebb, "percent")
        judge.add(scenario, "% of a core", mine, "{:.2f}", "< 0.5", 0.5, peers)
    return "\n### Idle, with nothing to reclaim\n\n" + tables.table(
        ["server", "% of a core"], [[n, show(r["percent"])] for n, r in results.items()])


def digest_section(scenario, results, ebb, judge):
    result = results.get(ebb)
    if result is None:
        return ""
    if "skipped" in result:
        judge.add(scenario, "equal after defrag", None, "{}", "equal", 1, at_least=True)
        return f"\n### The data's digest\n\nNot measured: {result['skipped']}\n"
    # Equality proves nothing where nothing was moved.
    proven = int(result["same"]) if result["moved"] else None
    judge.add(scenario, "equal after defrag", proven, "{}", "1", 1, at_least=True)
    return ("\n### The data's digest\n\n"
            f"{result['keys']:,} keys, {result['moved']:,} allocations moved, "
            f"{mib(result['returned'])} MiB returned: DEBUG DIGEST is "
            f"{'the same' if result['same'] else 'DIFFERENT'}.\n")


SECTIONS = {"flush": flush_section, "big": big_section, "throughput": throughput_section,
            "idle": idle_section, "digest": digest_section}


def section(scenario, results, failed, ebb, judge):
    """One scenario's tables; `failed` says by server name why it could not be measured."""
    text = SECTIONS.get(scenario, ratios_section)(scenario, results, ebb, judge) if results else ""
    for name, reason in failed.items():
        text += f"\n{scenario}: {name} could not be measured: {reason}\n"
        if name == ebb:
            judge.add(scenario, "was measured", None, "{}", "yes", 1, at_least=True)
    return text


# ----------------------------------------------------------------------------------------- probe

def busy_phases(phases):
    return [name for name in phases if name in ("work", "del", "overwrite", "expire")]


def quartet(figures):
    return " / ".join(show(figures[p]) for p in ("p50", "p99", "p99.9", "max"))


def probe_section(all_results, ebb, judge):
    """The bystander in all scenarios that have one."""
    rows = []
    for scenario, results in all_results.items():
        for name, result in results.items():
            phases = result.get("probe")
            if not phases:
                continue
            quiet = phases["idle"]
            for phase in busy_phases(phases):
                busy = phases[phase]
                label = scenario if phase == "work" else f"{scenario} {phase}"
                late = busy["lateness_ms"]
                rows.append([label, name, quartet(quiet["latency_ms"]),
                             quartet(busy["latency_ms"]), show(busy["service_ms"]["p99.9"]),
                             f"{show(late['p99.9'])} / {show(late['max'])}"])
                if name == ebb:
                    judge_probe(judge, label, results, ebb, quiet, phase)
    if not rows:
        return ""
    return ("\n### A bystander\n\n2,000 GETs a second on a fixed schedule; milliseconds from the "
            "moment a GET was due to its answer: p50 / p99 / p99.9 / max. \"Idle\" is the loaded "
            "server of the same run before anything is deleted, \"busy\" is from the first "
            "deletion until 10 s after the last (2 s for single strings, 3 s for FLUSHALL). The "
            "probe's lateness is the machine's doing. The probe keeps to one core"
            + (", and what drives the measurement gives way to everybody" if
               servers.may_give_way() else "") + ".\n\n" + tables.table(
                ["scenario", "server", "idle", "busy", "from send: p99.9",
                 "lateness p99.9 / max"], rows))


def judge_probe(judge, label, results, ebb, quiet, phase):
    base = quiet["latency_ms"]["p99.9"]
    limit = max(base * PROBE_FACTOR, base + PROBE_PLUS_MS)
    path = ("probe", phase, "latency_ms", "p99.9")
    mine, peers = values(results, ebb, *path)
    judge.add(label, "probe's p99.9, ms", mine, "{:.2f}", f"<= {limit:.2f}", limit, peers)
    known = [value for value, _ in peers if value is not None]
    if known:
        judge.add(label, "the same beside the best peer", mine, "{:.2f}", f"<= {min(known):.2f}",
                  min(known), peers)
