/** No window: to agree is to go on. */

export async function load() {}

export async function open(_page, { page, back }) {
  location.assign(`${page}?${new URLSearchParams(back)}`);
}
