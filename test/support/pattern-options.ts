import { initialSettings, type SocketSettings } from "../../src/sockets/options/settings.js"

/** What patterns go by unless a test says otherwise: the defaults of libzmq. */
export const DEFAULTS: SocketSettings = initialSettings("PAIR")
