/* eslint-disable @typescript-eslint/no-explicit-any -- Sockets of any build of the library are accepted, regardless of the type of their frames. */

/** The classes that the cases use. */
export type SocketClasses = Readonly<Record<SocketName, new (options?: any) => any>>

type SocketName =
  "Dealer" | "Pair" | "Publisher" | "Pull" | "Push" | "Reply" | "Request" | "Router" | "Subscriber" | "XPublisher"

/** The members of a socket that the cases use. */
export interface ComplianceSocket {
  linger: number
  sendTimeout: number
  readonly closed: boolean
  readonly writable: boolean
  readonly lastEndpoint: string | null
  bind(endpoint: string): Promise<void>
  unbind(endpoint: string): Promise<void>
  connect(endpoint: string, options?: { routingId: string }): void
  disconnect(endpoint: string): void
  attach(stream: unknown, options?: { role: string }): Promise<unknown>
  send(message: unknown): Promise<void>
  receive(): Promise<Uint8Array[]>
  subscribe(topic: string): void
  close(): void
}

/** Connects two sockets. The second one binds or accepts. */
export type Joining = (one: ComplianceSocket, other: ComplianceSocket) => Promise<void>

/** The environment of a case. */
export interface Fixture {
  /** Creates a socket, which is closed after the case. */
  readonly open: (type: SocketName, options?: object) => ComplianceSocket
  readonly fresh: () => Promise<string>
  readonly join: Joining
}

export interface AnyCase {
  readonly name: string
  readonly run: (fixture: Fixture) => Promise<void>
}

/** @throws Error unless both values are equal as JSON. */
export function expectEqual(actual: unknown, expected: unknown): void {
  const [got, wanted] = [JSON.stringify(actual), JSON.stringify(expected)]
  if (got !== wanted) throw new Error(`Expected ${wanted}, got ${got}`)
}

/** @throws Error unless `promise` rejects with this `code`. */
export async function expectCode(promise: Promise<unknown>, code: string): Promise<void> {
  let thrown: unknown
  try {
    await promise
  } catch (error) {
    thrown = error
  }
  expectEqual((thrown as { code?: string } | undefined)?.code ?? `no error, or ${String(thrown)}`, code)
}

/** Receives the next message, and decodes its frames as text. */
export async function frames(socket: ComplianceSocket): Promise<string[]> {
  return (await socket.receive()).map((frame) => new TextDecoder().decode(frame))
}

/** Receives the next `count` messages, and decodes their only frames as text. */
export async function texts(socket: ComplianceSocket, count: number): Promise<string[]> {
  const received: string[] = []
  while (received.length < count) received.push((await frames(socket)).join(" "))
  return received
}

/** `size` bytes, in which adjacent bytes differ. */
export function bytes(size: number): Uint8Array {
  const body = new Uint8Array(size)
  for (let index = 0; index < size; index++) body[index] = (index * 31 + (index >> 8)) & 0xff
  return body
}

/** Whether `received` and `sent` have the same bytes. */
export function sameBytes(received: Uint8Array, sent: Uint8Array): boolean {
  return received.length === sent.length && received.every((byte, index) => byte === sent[index])
}
