/** Exit codes of the client commands: what a shell script can ask about a run. */
import type { Outcome } from '../core/event.ts'

/** 130 is what shells give to what Ctrl-C ended. */
export const EXIT_INTERRUPTED = 130

export const EXIT_FAILED = 1

/** The command line cannot be meant. */
export const EXIT_USAGE = 2

export const EXIT_OF_OUTCOME: Readonly<Record<Outcome, number>> = {
  completed: 0,
  failed: EXIT_FAILED,
  interrupted: EXIT_FAILED,
  cancelled: EXIT_INTERRUPTED,
}
