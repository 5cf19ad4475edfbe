// Implements the native half of react-native-tcp-socket with Node sockets: the functions that its JavaScript calls, and
// the events that it emits.
const { EventEmitter } = require("node:events")
const net = require("node:net")

const events = new EventEmitter()
const sockets = new Map()
const emit = (name, event) => setImmediate(() => events.emit(name, event))

const TcpSockets = {
  connect(id, host, port) {
    const socket = net.connect(port, host)
    sockets.set(id, socket)
    socket.on("connect", () => {
      const { localAddress, localPort, remoteAddress, remotePort, remoteFamily } = socket
      emit("connect", { id, connection: { localAddress, localPort, remoteAddress, remotePort, remoteFamily } })
    })
    socket.on("data", (chunk) => emit("data", { id, data: chunk.toString("base64") }))
    socket.on("end", () => emit("end", { id }))
    socket.on("error", (error) => emit("error", { id, error: error.message }))
    socket.on("close", (failed) => emit("close", { id, error: failed }))
  },
  write(id, base64, msgId) {
    sockets.get(id).write(Buffer.from(base64, "base64"), (error) => emit("written", { id, msgId, err: error?.message }))
  },
  end: (id) => void sockets.get(id).end(),
  destroy: (id) => void sockets.get(id).destroy(),
  pause: (id) => void sockets.get(id).pause(),
  resume: (id) => void sockets.get(id).resume(),
  setNoDelay: () => undefined,
  setKeepAlive: () => undefined,
}

class NativeEventEmitter {
  addListener(name, listener) {
    events.on(name, listener)
    return { remove: () => events.off(name, listener) }
  }
}

module.exports = {
  NativeModules: { TcpSockets },
  NativeEventEmitter,
  Platform: { OS: "android" },
  Image: { resolveAssetSource: (value) => value },
}
