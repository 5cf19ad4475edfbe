// A Worker that creates the requested socket, connects, sends, and returns what it receives.
import { Context, Dealer, Pair, Pull, Request as Asker, Subscriber } from "zmtp"

const TYPES = { Dealer, Pair, Pull, Request: Asker, Subscriber } as const

export interface Task {
  readonly type: keyof typeof TYPES
  readonly endpoint: string
  readonly options: object
  readonly send?: readonly string[]
}

export default {
  async fetch(request: Request): Promise<Response> {
    const { type, endpoint, options, send } = (await request.json()) as Task
    let socket: InstanceType<(typeof TYPES)[keyof typeof TYPES]> | undefined
    try {
      socket = new TYPES[type]({ receiveTimeout: 5000, linger: 0, ...options, context: new Context() })
      if (socket instanceof Subscriber) socket.subscribe("news")
      socket.connect(endpoint)
      if ("send" in socket && send !== undefined) await socket.send([...send])
      return Response.json((await socket.receive()).map((frame) => new TextDecoder().decode(frame)))
    } catch (error) {
      return Response.json({ code: (error as { code?: string }).code, message: String(error) }, { status: 500 })
    } finally {
      socket?.close()
    }
  },
}
