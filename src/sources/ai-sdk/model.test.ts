import { createAnthropic } from '@ai-sdk/anthropic'
import { createOpenAI } from '@ai-sdk/openai'
import type { LanguageModel } from 'ai'
import { MockLanguageModelV3, MockLanguageModelV4 } from 'ai/test'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { SluiceError } from '../../core/errors.ts'
import type { AiSdkModel } from './model.ts'
import type { CallOptions } from './prompt.ts'
import { createAiSdkSource } from './source.ts'

type Real<Version extends string> = Extract<Exclude<LanguageModel, string>, { specificationVersion: Version }>
type OptionsOf<Version extends string> = Parameters<Real<Version>['doStream']>[0]

describe('a model object', () => {
  it('of the SDK fits, in each specification that its functions take', () => {
    expectTypeOf<Real<'v4'>>().toExtend<AiSdkModel>()
    expectTypeOf<Real<'v3'>>().toExtend<AiSdkModel>()
    expectTypeOf<Real<'v2'>>().toExtend<AiSdkModel>()
    expectTypeOf<Exclude<LanguageModel, string>>().toExtend<AiSdkModel>()
    const models: Record<string, AiSdkModel> = {
      responses: createOpenAI({ apiKey: 'sk-test' })('gpt-5'),
      chat: createOpenAI({ apiKey: 'sk-test' }).chat('gpt-4o'),
      claude: createAnthropic({ apiKey: 'sk-test' })('claude-sonnet-4-5'),
      v4: new MockLanguageModelV4(),
      v3: new MockLanguageModelV3(),
      v2: { ...new MockLanguageModelV3(), specificationVersion: 'v2' },
    }
    expect(createAiSdkSource({ name: 'ai', models }).models).toEqual(Object.keys(models))
  })

  it('is called with what its specification takes', () => {
    // The schema of a tool is JSON to us, and a type of its own to them.
    expectTypeOf<Omit<CallOptions, 'tools'>>().toExtend<Omit<OptionsOf<'v4'>, 'tools'>>()
    expectTypeOf<Omit<CallOptions, 'tools' | 'reasoning'>>().toExtend<Omit<OptionsOf<'v3'>, 'tools'>>()
    expectTypeOf<Omit<CallOptions, 'tools' | 'reasoning'>>().toExtend<Omit<OptionsOf<'v2'>, 'tools'>>()
    type Tool = NonNullable<CallOptions['tools']>[number]
    type Theirs = Extract<NonNullable<OptionsOf<'v4'>['tools']>[number], { type: 'function' }>
    expectTypeOf<Omit<Tool, 'inputSchema'>>().toExtend<Omit<Theirs, 'inputSchema'>>()
  })

  it('is told apart from a model id, a provider and an older specification before anything runs', () => {
    const wrong: readonly (readonly [unknown, RegExp])[] = [
      ['openai/gpt-5', /model fast is a string and no language model/],
      [createOpenAI({ apiKey: 'sk-test' }), /model fast is a function and no language model/],
      [undefined, /model fast is undefined/],
      [{ specificationVersion: 'v1', doStream: async () => ({}) }, /specification "v1"\. Use a provider package for v2, v3, v4/],
    ]
    for (const [model, message] of wrong) {
      const make = () => createAiSdkSource({ name: 'ai', models: { fast: model as AiSdkModel } })
      expect(make).toThrow(SluiceError)
      expect(make).toThrow(message)
    }
    expect(() => createAiSdkSource({ name: 'ai', models: {} })).toThrow('The source ai has no models')
    expect(() => createAiSdkSource({ name: 'a/b', models: { fast: new MockLanguageModelV4() } })).toThrow('cannot be the name')
  })
})
