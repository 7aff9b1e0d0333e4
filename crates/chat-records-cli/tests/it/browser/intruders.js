// What no stored text may put into a page. The value is a list of findings, empty if all is well.
(() => {
  const found = [];
  const tell = (what, element) => found.push(`${what}: ${element.outerHTML.slice(0, 300)}`);
  const own = (address) => {
    const url = URL.parse(address, document.baseURI);
    return url && url.protocol === location.protocol && url.host === location.host;
  };
  const never = 'iframe, frame, frameset, object, embed, applet, base, portal, math, style, template, '
    + 'foreignObject, animate, set, meta[http-equiv]:not([http-equiv="Content-Security-Policy"]), script:not([src]), [style*="url("], plaintext, xmp, '
    + 'marquee, dialog:not(#keys), [contenteditable], [srcdoc], [formaction], [popover], [ping], image, x, b\u200b, '
    + '[id="pwned"], [class~="pwned"], [name="pwned"]';
  document.querySelectorAll(never).forEach(element => tell('an intruder', element));
  for (const element of document.querySelectorAll('*')) {
    for (const { name, value } of element.attributes) {
      if (/^on/i.test(name)) tell('an event handler', element);
      if (!/^(href|src|action|poster|data|srcset|xlink:href)$/i.test(name)) continue;
      const leads = element.tagName === 'A' || element.tagName === 'AREA';
      const address = value.replace(/[\u0000-\u0020]/g, '');
      if (/^(javascript|vbscript|data|blob|file|view-source):/i.test(address)) tell('a scheme', element);
      else if (!own(value) && !leads) tell('an address elsewhere', element);
      else if (!own(value) && !/noreferrer/.test(element.rel)) tell('a link that says whence', element);
    }
  }
  if (window.pwnedTimes) found.push(`script ran ${window.pwnedTimes} times`);
  if (({}).pwned) found.push('the prototype of all objects was changed');
  if (/^pwned/i.test(document.title)) found.push('the title was changed');
  return found;
})()
