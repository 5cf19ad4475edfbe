import type { Message } from "../../src/index.js"

/** The next `count` messages of one frame each, as text. */
export async function texts(from: { receive(): Promise<Message[]> }, count: number): Promise<string[]> {
  const received: string[] = []
  while (received.length < count) received.push((await from.receive()).join(" "))
  return received
}

/** What `promise` rejects with. */
export async function caught(promise: Promise<unknown>): Promise<Error & { code?: string }> {
  try {
    await promise
  } catch (error) {
    return error as Error
  }
  throw new Error("Expected a rejection")
}
