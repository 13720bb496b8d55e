import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Owner, Page, PageRequest, Records } from '../../ports/records.ts'
import { ALICE, allPages, anEnd, aRun, BOB, expectCode, type Workbench } from './workbench.ts'

interface List {
  readonly name: string
  /** Adds the `index`-th row of an owner. */
  add(records: Records, owner: Owner, index: number): Promise<void>
  /** The indexes of the rows on a page. */
  page(records: Records, request: PageRequest): Promise<Page<number>>
}

const indexes = <T>(page: Page<T>, text: (item: T) => string): Page<number> => ({
  ...page,
  items: page.items.map((item) => Number(text(item).split('-').at(-1))),
})

const LISTS: readonly List[] = [
  {
    name: 'runs',
    async add(records, owner, index) {
      await records.createRun(aRun(`${owner.user}-${index}`, { owner }))
    },
    page: async (records, request) => indexes(await records.listRuns(ALICE, {}, request), (run) => run.id),
  },
  {
    name: 'runs of a conversation with a status',
    async add(records, owner, index) {
      await records.createRun(aRun(`${owner.user}-${index}`, { owner, conversationId: `of-${owner.user}` }))
    },
    page: async (records, request) =>
      indexes(await records.listRuns(ALICE, { conversationId: 'of-alice', status: 'queued' }, request), (run) => run.id),
  },
  {
    name: 'conversations',
    async add(records, owner, index) {
      await records.createRun(aRun(`${owner.user}-${index}`, { owner, conversationId: `of-${owner.user}-${index}` }))
    },
    page: async (records, request) => indexes(await records.listConversations(ALICE, request), (conversation) => conversation.id),
  },
  {
    name: 'messages',
    async add(records, owner, index) {
      const input = [{ role: 'user', content: `message-${index}` }] as const
      await records.createRun(aRun(`${owner.user}-${index}`, { owner, conversationId: `of-${owner.user}`, input }))
    },
    page: async (records, request) => indexes(await records.listMessages('of-alice', ALICE, request), (message) => message.text),
  },
]

export function pagingCases({ open }: Workbench): void {
  describe('paging', () => {
    for (const list of LISTS) {
      it(`pages of ${list.name} are full, have no gap and no double, and do not shift when rows are added meanwhile`, async () => {
        await fc.assert(
          fc.asyncProperty(
            fc.integer({ min: 0, max: 24 }),
            fc.integer({ min: 1, max: 26 }),
            fc.integer({ min: 0, max: 3 }),
            async (count, limit, added) => {
              const records = await open()
              let next = 0
              const add = async (): Promise<void> => {
                await list.add(records, ALICE, next)
                await list.add(records, BOB, next)
                next++
              }
              while (next < count) await add()
              const pages = await allPages(
                limit,
                (request) => list.page(records, request),
                async () => {
                  for (let more = 0; more < added; more++) await add()
                },
              )
              expect(pages.flat()).toEqual(Array.from({ length: count }, (_, index) => count - 1 - index))
              expect(pages.slice(0, -1).every((page) => page.length === limit)).toBe(true)
              expect(pages).toHaveLength(Math.max(1, Math.ceil(count / limit)))
              await records.close()
            },
          ),
          { numRuns: 25 },
        )
      })
    }

    it('the same cursor gives the same page again', async () => {
      const records = await open()
      for (let index = 0; index < 5; index++) await records.createRun(aRun(`r-${index}`))
      const first = await records.listRuns(ALICE, {}, { limit: 2 })
      const after = first.next ?? ''
      const second = await records.listRuns(ALICE, {}, { limit: 2, after })
      await records.createRun(aRun('r-5'))
      expect(await records.listRuns(ALICE, {}, { limit: 2, after })).toEqual(second)
    })

    it('a run that changes its status under the filter takes no other run off the pages', async () => {
      const records = await open()
      for (let index = 0; index < 6; index++) await records.createRun(aRun(`r-${index}`))
      const first = await records.listRuns(ALICE, { status: 'queued' }, { limit: 2 })
      await records.endRun('r-5', anEnd())
      const second = await records.listRuns(ALICE, { status: 'queued' }, { limit: 2, after: first.next ?? '' })
      expect(second.items.map((run) => run.id)).toEqual(['r-3', 'r-2'])
    })

    it('a limit out of bounds is refused', async () => {
      const records = await open()
      for (const limit of [0, -1, 201, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
        await expectCode('invalid-request', records.listRuns(ALICE, {}, { limit }))
        await expectCode('invalid-request', records.listConversations(ALICE, { limit }))
        await expectCode('invalid-request', records.listMessages('c', ALICE, { limit }))
      }
      expect(await records.listRuns(ALICE, {}, { limit: 200 })).toEqual({ items: [] })
    })

    it('a cursor that no list gave out is refused', async () => {
      const records = await open()
      await fc.assert(
        fc.asyncProperty(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.base64String()), async (after) => {
          await expectCode('invalid-request', records.listRuns(ALICE, {}, { limit: 1, after }))
          await expectCode('invalid-request', records.listConversations(ALICE, { limit: 1, after }))
          await expectCode('invalid-request', records.listMessages('c', ALICE, { limit: 1, after }))
        }),
        { numRuns: 50 },
      )
    })

    it('a cursor of another list is refused', async () => {
      const records = await open()
      for (let index = 0; index < 3; index++) await records.createRun(aRun(`r-${index}`, { conversationId: `c-${index}` }))
      const { next: after = '' } = await records.listRuns(ALICE, {}, { limit: 1 })
      expect(after).not.toBe('')
      await expectCode('invalid-request', records.listConversations(ALICE, { limit: 1, after }))
      await expectCode('invalid-request', records.listMessages('c-0', ALICE, { limit: 1, after }))
    })
  })
}
