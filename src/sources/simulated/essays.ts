/** What the simulated model can write about: sections of plain prose, and ones with code or tables. The first thing that a newcomer reads. */

const FENCE = '```'

/** Sections of prose, each with its own heading. */
export const ESSAYS: readonly string[] = [
  `## The log comes first

An answer that streams is easy to show and hard to keep. The usual design pushes each token straight into a browser's connection, and when that connection dies the words die with it. The cure is old: write things down before you say them.

Every piece of this answer was appended to a **log** before you saw it. The log gives each record a position, and a reader is nothing but a position that moves. From this one decision a surprising amount follows:

- A page that reloads asks for what came after its last position and misses nothing.
- Ten readers cost little more than one, because they share the same bytes.
- A crash can delay the text, but it cannot take back a word that somebody has read.

The price is a write to disk before each update. Batched well, that price is a few milliseconds, and nobody reads that fast.`,

  `## Why a position beats a timestamp

Clocks drift, jump and disagree. Two machines that ask "what happened after noon?" may get two different answers, and both will be sure of theirs.

A position has no such trouble. It says *after this record*, and it means the same thing on every machine, today and in a year. Positions compare like words in a dictionary, so a plain string comparison puts them in order. They are also honest about loss: if the position that you ask for has been trimmed away, the log can say so, while a clock would quietly skip the gap.

> A good cursor is boring. It is opaque, it sorts, and it never lies.

Keep timestamps for people, who like to know when something happened. Keep positions for programs, which need to know what they have not seen yet.`,

  `## What happens when the network breaks

Networks do not fail politely. A laptop lid closes in mid-sentence, a train enters a tunnel, a proxy decides that sixty seconds of silence are enough. From the browser's side all of these look alike: the bytes stop.

A careful reader therefore treats silence as a question rather than as an answer:

1. Wait a little, because most gaps are short.
2. Connect again, and name the last position that arrived.
3. Read on from there, and show nothing twice.
4. Stop only when the log itself says that it has ended.

The fourth step is the one that is most often forgotten. A connection that closes is *not* the same as an answer that is complete, and a reader that confuses the two will one day show half a recipe and call it dinner.`,

  `## Backpressure, or the art of saying "not yet"

Imagine a kitchen where the cook never looks up. Plates pile up at the pass, the waiter runs, and in the end something falls. Software that ignores slow readers works in the same way: each reader that lags has a buffer that grows, and the buffers together are larger than the machine.

There are three honest answers. You can slow the writer down, which punishes everybody for one bad connection. You can drop the reader, which is rude but clear. Or you can let the reader fall behind *in the log* and serve it from there, at its own speed, without keeping a private copy of anything.

The third answer is only possible when the log is durable and cheap to read from any place. It is the one used here, and it is why a telephone on a weak signal does not disturb the forty people who read along on good ones.`,

  `## Retries without regret

A retry is a promise to do something again and to have done it *once*. Without that second half it is merely a way of doubling the damage.

The recipe is short. Give each attempt a number, so that a late reply cannot be taken for a new one. Wait longer after each failure, and add some randomness, so that a thousand clients do not all come back in the same instant. Obey the other side when it says how long to wait. And keep a list of failures that are never worth repeating: a wrong key will be just as wrong in four seconds.

There is a subtler rule for text. If half of an answer has already been shown, a second attempt must *continue* it. Nothing looks less intelligent than a machine which greets you twice.`,

  `## A short history of the append-only file

The idea is older than computers. Ships kept logs because memory is unreliable and storms are persuasive; accountants wrote in ink, and corrected an error with a second entry instead of an eraser. Both trades had understood that a record which may be changed is only an opinion.

Databases found the same trick in the 1970s and called it *write-ahead logging*. File systems borrowed it in the 1990s. Around 2011 it became a product of its own, when engineers noticed that the log they kept for safety was also the best way to move data between systems.

Streaming answers are the newest chapter. A language model produces text in exactly the order in which it should be read, never goes back, and ends. It is hard to imagine anything that would fit an append-only file better.`,

  `## Small files, clear names

Most of the time spent on a program is spent reading it. So it pays to write for the reader, who is tired, in a hurry, and quite possibly you.

A few habits help more than any tool. Give every idea one name, and use that name everywhere, so that a search finds all of it. Let a file hold one idea, and let its name say which. Put the contract above the code in plain words, and let the tests quote it. Write comments that give the *reason*, because the code itself already says what it does.

None of this is glamorous. But after a year the difference between a codebase that people enjoy and one that they avoid is rarely a clever algorithm. It is a hundred small courtesies, repeated without exception.`,

  `## How fast is fast enough?

People read at roughly four words per second, and a typical model writes six to thirty. So beyond a certain speed the numbers stop mattering, and the *feeling* takes over.

What people notice is the wait before the first word. Below a third of a second an answer feels immediate; at one second it feels considered; at five seconds the hand moves towards the reload button. After that comes rhythm: text that arrives in even, small steps feels faster than the same text in large, irregular blocks, even when the blocks are done sooner.

This is why the first piece of an answer deserves its own express lane, and why later pieces may well be gathered into batches. Speed is measured in milliseconds, but it is judged in moments of doubt.`,

  `## Stopping is a feature

A stop button that only hides the text is a lie with a nice icon. The model goes on writing, the meter goes on running, and the next question waits behind an answer that nobody wants.

A real stop travels the whole way. It is first written down, so that it holds even if the machine fails a moment later. Then it closes the connection to the model, which ends the cost. Finally it seals what was already there, so that everyone who reads along sees the same ending: *this is where it was stopped, and this is all there will be.*

It should also be safe to press twice, to press too late, and to press from another device. People press buttons when they are impatient; good software takes that as information, and not as an error.`,

  `## The virtue of idle machines

A server that runs at ninety-five per cent looks efficient, and is in fact one sneeze away from a queue. Waiting times do not grow in proportion to load; near the limit they explode. At half load a task waits about as long as it takes; at ninety per cent, about nine times as long.

So leave room on purpose. Set limits on how much work is accepted, and refuse the rest early, politely, and with a hint when to come back. A quick "not now" is worth more than a slow failure, since the caller can still do something sensible with it.

The same holds for people, by the way. Calendars without gaps produce very punctual, very poor decisions.`,
]

/** Sections with a table or a block of code. */
export const TECHNICAL: readonly string[] = [
  `## Reading a stream in the browser

The platform brings everything that is needed. This reader starts after a position, follows the text, and stops at the event that ends the answer:

${FENCE}ts
export function follow(runId: string, onText: (text: string) => void): () => void {
  const source = new EventSource(\`/v1/runs/\${runId}/events\`)
  source.addEventListener('text-delta', (event) => {
    const { text } = JSON.parse(event.data) as { text: string }
    onText(text)
  })
  source.addEventListener('run-end', () => source.close())
  return () => source.close()
}
${FENCE}

When the connection breaks, the browser reconnects by itself and sends the last \`id:\` that it saw. The server reads on from exactly there.`,

  `## Which transport, when?

| Transport | Direction | Survives a proxy | Resumes by itself | Good for |
|---|---|:---:|:---:|---|
| Server-sent events | server to client | yes | yes | answers, logs, progress |
| WebSocket | both | usually | no | games, shared cursors |
| Long polling | server to client | always | with a cursor | old networks |
| Webhook | server to server | yes | with retries | integrations |

If only one side talks, the first row is almost always enough. The others earn their keep when both sides talk at once, or when something in between refuses to let a response stay open.`,

  `## A backoff that spreads the crowd

Doubling the wait is not enough: clients that failed together would return together. *Full jitter* draws each wait evenly from zero to the bound.

${FENCE}python
import random

def delay(attempt: int, base: float = 1.0, ceiling: float = 30.0) -> float:
    """Seconds to wait before the given retry, counted from 1."""
    bound = min(ceiling, base * 2 ** (attempt - 1))
    return random.uniform(0, bound)
${FENCE}

| Retry | Bound | Mean wait |
|---:|---:|---:|
| 1 | 1 s | 0.5 s |
| 2 | 2 s | 1 s |
| 3 | 4 s | 2 s |
| 6 | 30 s | 15 s |`,

  `## Counting words in a log

The log is just bytes, so the old tools still work on it. To see which words an answer uses most:

${FENCE}bash
curl -sN "$SLUICE/v1/runs/$RUN/events" |
  sed -n 's/^data: //p' |
  jq -r 'select(.type == "text-delta") | .text' |
  tr -cs '[:alpha:]' '\\n' |
  sort | uniq -c | sort -rn | head
${FENCE}

Replace \`head\` with \`tail\` and you get the rare ones, which are usually the more interesting half.`,

  `## Keeping a projection honest

A table that is derived from a log can always be rebuilt from it. Store the position together with the row, in the same transaction, and a crash can no longer count anything twice:

${FENCE}sql
INSERT INTO totals (stream_id, words, position)
VALUES (:stream, :words, :position)
ON CONFLICT (stream_id) DO UPDATE
   SET words    = totals.words + excluded.words,
       position = excluded.position
 WHERE excluded.position > totals.position;
${FENCE}

The last line does the work: an update that has been applied before changes nothing.`,
]

/** Short answers, whole. */
export const SHORT: readonly string[] = [
  'The short version: write each piece down first, give it a number, and let every reader remember the last number that it saw. Then a lost connection costs a pause and never a word.',
  'Here is the idea in one breath. The answer is a **log** that grows; this page is one of its readers. Reload it while the text arrives, and it goes on where it was.',
  'Think of a river with milestones. You may step out anywhere, and when you come back you name the milestone and walk on. Nothing was lost, and nothing has to be walked twice.',
  'A good answer survives its audience. Close this tab, open it tomorrow, read it on the telephone: the text is kept, in order, with a clear end. Try it with the model `long`.',
]
