// What the pages can do with scripts. Without them they can be read, searched and acted on all the same.
import { keepUpToDate } from "./live.js";
import { listenToKeys } from "./keys.js";
import { copyOnClick, playInPlace, searchWhileTyping, sendInPlace, waitAtPicture } from "./deeds.js";

keepUpToDate();
listenToKeys();
copyOnClick();
playInPlace();
searchWhileTyping();
sendInPlace();
waitAtPicture();
