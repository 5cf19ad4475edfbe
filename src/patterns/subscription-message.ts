import type { Frame, Multipart } from "../zmtp/bytes.js"

/** Whether a message that begins with `frame` subscribes (`0x01 topic`) or cancels (`0x00 topic`). */
export function isSubscription(frame: Frame): boolean {
  const sign = frame[0]
  return sign === 0x01 || sign === 0x00
}

/**
 * Splits a message whose first frame is a subscription. As in libzmq, each frame that has the form of a subscription is
 * one, and the remaining frames are a message.
 */
export function splitSubscriptions(message: Multipart): { subscriptions: Multipart; rest: Multipart } {
  const [subscriptions, rest]: [Multipart, Multipart] = [[], []]
  for (const frame of message) (isSubscription(frame) ? subscriptions : rest).push(frame)
  return { subscriptions, rest }
}
