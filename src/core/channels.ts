/** A diagnostics channel. In Node, it is one of `node:diagnostics_channel`. */
export interface Channel {
  readonly hasSubscribers: boolean
  publish(report: unknown): void
}

/** Diagnostics channels by name, without the prefix `zmtp:`. */
export interface Channels {
  connect: Channel
  handshake: Channel
  disconnect: Channel
  send: Channel
  receive: Channel
  drop: Channel
}

const SILENT: Channel = {
  hasSubscribers: false,
  publish: () => undefined,
}

/** Channels without subscribers. */
export const SILENT_CHANNELS: Channels = {
  connect: SILENT,
  handshake: SILENT,
  disconnect: SILENT,
  send: SILENT,
  receive: SILENT,
  drop: SILENT,
}
