import type { Dish, Radio } from "../../src/draft.js"
import type { Message } from "../../src/index.js"

/** Receives `count` messages of one frame each, as text. */
export async function texts(from: { receive(): Promise<Message[]> }, count: number): Promise<string[]> {
  const received: string[] = []
  while (received.length < count) received.push((await from.receive()).join(" "))
  return received
}

/** The error that `promise` rejects with. */
export async function caught(promise: Promise<unknown>): Promise<Error & { code?: string }> {
  try {
    await promise
  } catch (error) {
    return error as Error
  }
  throw new Error("Expected a rejection")
}

/** The error that `attempt` throws. */
export function thrown(attempt: () => unknown): Error & { code?: string } {
  try {
    attempt()
  } catch (error) {
    return error as Error
  }
  throw new Error("Expected an exception")
}

/**
 * Sends `"called"` to `group` until `dish` receives a message, because a RADIO does not learn who has joined. Returns the
 * first message and its group.
 */
export async function callUntilHeard(radio: Radio, dish: Dish, group: string): Promise<string> {
  const heard = dish.receive()
  for (let done = false; !done;) {
    await radio.send("called", { group })
    done = await Promise.race([heard.then(() => true), new Promise<false>((resolve) => setImmediate(resolve, false))])
  }
  const [body, { group: from }] = await heard
  return `${body.toString()} of ${from.toString()}`
}
