
// A filter for the list of findings. Without it the page is whole.
(function () {
  "use strict";
  var list = document.getElementById("list");
  if (!list) { return; }
  var bar = document.createElement("form");
  bar.className = "filter";
  bar.setAttribute("role", "search");
  var words = document.createElement("input");
  words.type = "search";
  words.placeholder = "Filter: words, codes, files, names";
  words.setAttribute("aria-label", "Filter findings");
  var level = document.createElement("select");
  level.setAttribute("aria-label", "Severity");
  var levels = ["", "critical", "high", "medium", "low", "unknown", "excepted"];
  levels.forEach(function (name) {
    var option = document.createElement("option");
    option.value = name;
    option.textContent = name === "" ? "every severity" : name;
    level.appendChild(option);
  });
  var shown = document.createElement("output");
  bar.appendChild(words);
  bar.appendChild(level);
  bar.appendChild(shown);
  list.insertBefore(bar, list.children[1]);
  function apply() {
    var wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    var total = 0;
    list.querySelectorAll("details.group").forEach(function (group) {
      var title = group.querySelector("summary").textContent.toLowerCase();
      var some = 0;
      group.querySelectorAll(".item").forEach(function (item) {
        var text = title + " " + item.textContent.toLowerCase();
        var fits = wanted.every(function (word) { return text.indexOf(word) >= 0; }) &&
          (level.value === "" || item.classList.contains(level.value));
        item.hidden = !fits;
        some += fits ? 1 : 0;
      });
      group.hidden = some === 0;
      total += some;
    });
    shown.textContent = total + " shown";
  }
  bar.addEventListener("submit", function (event) { event.preventDefault(); });
  words.addEventListener("input", apply);
  level.addEventListener("change", apply);
}());
