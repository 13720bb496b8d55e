/** A source over HTTP with a player in the provider's place, and the suite of the port run on the two. */
import { sourceConformance } from '../../../conformance/source/index.ts'
import type { Source, SourceRequest } from '../../../ports/source.ts'
import { type RecordingPlayer, startRecordingPlayer } from '../../../simulators/provider/player.ts'
import type { Recording } from '../../../simulators/provider/recordings.ts'

/** A request of a recording: the model's name picks what is played. */
export function ask(model: string): SourceRequest {
  return { model, messages: [{ role: 'user', content: 'When is high water?' }], options: {} }
}

export interface Played extends AsyncDisposable {
  readonly player: RecordingPlayer
  readonly source: Source & AsyncDisposable
}

export async function playTo(recordings: readonly Recording[], make: (baseUrl: string) => Source & AsyncDisposable): Promise<Played> {
  const player = await startRecordingPlayer({ recordings })
  const source = make(player.url)
  return {
    player,
    source,
    async [Symbol.asyncDispose]() {
      await source[Symbol.asyncDispose]()
      await player.close()
    },
  }
}

/** Resolves when every exchange so far is over. */
export async function settled(player: RecordingPlayer): Promise<void> {
  await Promise.all(player.requests.map((request) => request.ended))
}

export interface PlayedConformance {
  /** Recordings by what the suite needs of them. */
  readonly completes: string
  readonly breaks: string
  /** Bytes of `completes` after which some text has come and some has not. */
  readonly inTheText: number
}

/** The suite of the port, with a request that stalls among those of the player. */
export function playedConformance(name: string, open: () => Promise<Played>, { completes, breaks, inTheText }: PlayedConformance): void {
  sourceConformance(name, async () => {
    const played = await open()
    const { player, source } = played
    const stream: Source['stream'] = (request, options) => {
      if (request.model === 'stalls') player.enqueue({ recording: completes, faults: { stallAfter: inTheText } })
      return source.stream(request, options)
    }
    return {
      source: { ...source, stream },
      completes: ask(completes),
      stalls: ask('stalls'),
      breaks: ask(breaks),
      released: () => settled(player),
      close: async () => played[Symbol.asyncDispose](),
    }
  })
}
