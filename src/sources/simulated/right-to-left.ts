/** Text that runs from right to left, with Chinese, Japanese, Korean and emoji in between. */
import type { Random } from './random.ts'

const PARAGRAPHS: readonly string[] = [
  'السجل هو الحقيقة: كل كلمة تُكتب أولاً ثم تُعرض، فلا يضيع شيء إذا انقطع الاتصال. يسمى هذا بالإنجليزية "durable stream"، ويبدأ ترقيمه من 1.',
  'הזרם נשמר לפני שמישהו רואה אותו. מי שחוזר אחרי הפסקה ממשיך בדיוק מהמקום שבו עצר — בלי רווח ובלי כפילות 🙂.',
  '数据先写入日志，然后才能看到。读者断线之后，可以从最后的位置继续，不会丢失，也不会重复。',
  '書き込みが終わってから、はじめて読者に見えます。接続が切れても、同じ位置から続きを読めます。🌊',
  '스트림은 먼저 저장되고 그 다음에 보입니다. 다시 연결하면 멈춘 곳에서 이어집니다.',
  'העברית ו־English מתערבבות כאן: `append(id, records)` מחזירה הבטחה, והמספר 42 נשאר משמאל לימין.',
  'الخطوات ثلاث:\n\n1. اكتب السجل 📝\n2. ثبّته على القرص 💾\n3. أرسله إلى القرّاء 📣',
  'Families and flags are several code points each: 👩‍👩‍👧‍👦 👩🏽‍🚀 🏳️‍🌈 🇦🇹 🇯🇵 👍🏿 é (e + ◌́) ﷽ Ḍ̇',
]

const TABLE = '| اللغة | الكلمة | الاتجاه |\n|---|---|---|\n| العربية | تيّار | ← |\n| עברית | זרם | ← |\n| 日本語 | 流れ | → |'

/** Paragraphs in the seed's order, then a table. */
export function rightToLeftText(random: Random): string {
  return `## تيّار يدوم 🌙\n\n${random.shuffled(PARAGRAPHS).join('\n\n')}\n\n${TABLE}\n`
}
