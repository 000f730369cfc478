// Small helps; every page works without them.
"use strict";

// Parts that show what is going on are asked for again. That does not keep anybody signed in.
for (const part of document.querySelectorAll("[data-live]")) {
  const every = Math.max(2000, Number(part.dataset.every) || 3000);
  const again = async () => {
    if (!document.hidden) {
      try {
        const answer = await fetch(part.dataset.live, { headers: { "X-Live": "1" }, credentials: "same-origin" });
        if (answer.status === 401) return location.reload();
        if (answer.ok) {
          const text = await answer.text();
          if (text !== part.dataset.last && !part.contains(document.activeElement)) {
            // Pages are made by our own program, with everything from outside escaped.
            part.innerHTML = text;
            part.dataset.last = text;
          }
          if (answer.headers.get("X-At-Rest") === "1") return;
        }
      } catch { /* the connection comes back, or the next page says so */ }
    }
    setTimeout(again, every);
  };
  setTimeout(again, every);
}

// What cannot be taken back is asked once more.
document.addEventListener("submit", (event) => {
  const ask = event.submitter?.dataset.ask;
  if (ask && !confirm(ask)) return event.preventDefault();
  // Nobody sends a form twice.
  if (event.target.dataset.sent) return event.preventDefault();
  event.target.dataset.sent = "1";
  setTimeout(() => delete event.target.dataset.sent, 4000);
});

// A list is filtered as soon as something is chosen.
for (const field of document.querySelectorAll("form.filter select")) {
  field.addEventListener("change", () => field.form.requestSubmit());
}
