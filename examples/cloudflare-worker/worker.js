// A Cloudflare Worker that is a client of ZeroMQ services: `GET /news` returns the next messages of a publisher, and
// `POST /ask` sends a request to a REP, encrypted with CURVE. Workers can connect, but not listen.
import { Context, Request as Asker, Subscriber } from "zmtp"

export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url)
    // Connections of a Worker belong to one request, and so do its sockets.
    const context = new Context()
    if (pathname === "/news") {
      using subscriber = new Subscriber({ context, receiveTimeout: 5000 })
      subscriber.subscribe(searchParams.get("topic") ?? "")
      subscriber.connect(env.NEWS)
      const news = []
      for (let count = Number(searchParams.get("count") ?? 1); count > 0; count--) {
        const [topic, text] = await subscriber.receive()
        news.push(`${decode(topic)}: ${decode(text)}`)
      }
      return Response.json(news)
    }
    if (pathname === "/ask") {
      using asker = new Asker({
        context,
        receiveTimeout: 5000,
        curveServerKey: env.SERVICE_KEY,
        curvePublicKey: env.PUBLIC_KEY,
        curveSecretKey: env.SECRET_KEY,
      })
      asker.connect(env.SERVICE)
      await asker.send(await request.text())
      const [answer] = await asker.receive()
      return new Response(decode(answer))
    }
    return new Response("GET /news or POST /ask", { status: 404 })
  },
}

function decode(bytes) {
  return new TextDecoder().decode(bytes)
}
