"use strict";
(() => {
  const form = document.querySelector(".filter");
  const claims = [...document.querySelectorAll(".claim")];
  const told = form.querySelector("output");
  document.documentElement.classList.add("js");

  const fits = (claim, select) => {
    if (!select.value) return true;
    const own = claim.dataset[select.name];
    return select.name === "rooms" ? own.split(" ").includes(select.value) : own === select.value;
  };

  const show = () => {
    const chosen = [...form.querySelectorAll("select")];
    let count = 0;
    for (const claim of claims) {
      claim.hidden = !chosen.every((select) => fits(claim, select));
      count += claim.hidden ? 0 : 1;
    }
    told.value = `${count} of ${claims.length} claims`;
  };

  const reach = () => {
    const target = document.querySelector(location.hash || ":not(*)");
    if (target && target.hidden) {
      form.reset();
      show();
      target.scrollIntoView();
    }
  };

  form.addEventListener("change", show);
  form.addEventListener("reset", () => setTimeout(show));
  addEventListener("hashchange", reach);
  show();
})();
