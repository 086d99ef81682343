/** What all virtual users read and none can change. Here they share a process, so that it is an array. */
export class SharedArray {
  constructor(name, make) {
    return Object.freeze(make());
  }
}
