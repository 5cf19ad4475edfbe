export { FaultProxy, type FaultProxyOptions, type Faults } from "./testing/fault-proxy.js"
