import type { Frame, Multipart } from "../zmtp/bytes.js"

/** Whether a message that begins with `frame` subscribes (`0x01 topic`) or cancels (`0x00 topic`). */
export function isSubscription(frame: Frame): boolean {
  return frame.length > 0 && frame[0]! <= 0x01
}

/**
 * Parts of a message of several frames whose first one is a subscription, which libzmq's XSUB sends and its XPUB accepts:
 * each frame of that form is a subscription of its own, and the others are a message.
 */
export function splitSubscriptions(message: Multipart): { subscriptions: Multipart; rest: Multipart } {
  const [subscriptions, rest]: [Multipart, Multipart] = [[], []]
  for (const frame of message) (isSubscription(frame) ? subscriptions : rest).push(frame)
  return { subscriptions, rest }
}
