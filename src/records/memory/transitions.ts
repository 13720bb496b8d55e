/** How a run moves from state to state, as pure functions. */
import type { RunEnd, RunRecord } from '../../ports/records.ts'

export function hasEnded(run: RunRecord): boolean {
  return run.endedAt !== undefined
}

/** The run in the hands of `lease.holder`, or undefined when it cannot be had. */
export function claimedRun(
  run: RunRecord,
  lease: { readonly holder: string; readonly untilMs: number },
  nowMs: number,
): RunRecord | undefined {
  if (hasEnded(run)) return undefined
  if (run.lease !== undefined && run.lease.holder !== lease.holder && run.lease.untilMs > nowMs) return undefined
  return { ...run, status: 'running', startedAt: run.startedAt ?? nowMs, lease: { holder: lease.holder, untilMs: lease.untilMs } }
}

/** The run with the first wish to cancel it. An ended run stays as it is: there is nothing left to cancel. */
export function cancelRequestedRun(run: RunRecord, nowMs: number): RunRecord {
  return hasEnded(run) || run.cancelRequestedAt !== undefined ? run : { ...run, cancelRequestedAt: nowMs }
}

/** The run after its terminal event; nobody holds it any more. */
export function endedRun(run: RunRecord, end: RunEnd): RunRecord {
  const { lease: _lease, ...rest } = run
  return {
    ...rest,
    status: end.outcome,
    endedAt: end.endedAt,
    usage: end.usage,
    ...(end.finishReason === undefined ? {} : { finishReason: end.finishReason }),
    ...(end.error === undefined ? {} : { error: end.error }),
  }
}
