import type { EventOfType, EventType, Socket } from "../../src/index.js"

/** Resolves with the next event of `type`. Events of other types are ignored. */
export async function nextEvent<E extends EventType>({ events }: Socket, type: E): Promise<EventOfType<E>> {
  for (;;) {
    const event = await events.receive()
    if (event.type === type) return event as EventOfType<E>
  }
}

/** The limit that the error of an event names. */
export function limitOf({ error }: { error?: Error }): unknown {
  return error !== undefined && "limit" in error ? error.limit : undefined
}
