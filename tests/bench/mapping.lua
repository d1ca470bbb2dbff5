-- The mapping of the real mod_rest, measured: what it does with a stanza's bytes up to the text of its JSON, and back.
-- `tests/bench/mapping` starts it with Prosody's library, the folder of mod_rest and the file of stanzas, and asks it
-- as it asks our own program: the name of a job comes in, nanoseconds of processor time and stanzas go out.
local library, module_folder, stanzas, times = arg[1], arg[2], arg[3], tonumber(arg[4])
package.path = library .. "/?.lua;" .. package.path
package.cpath = library .. "/?.so;" .. package.cpath
module = { load_resource = function(_, name) return io.open(module_folder .. "/" .. name) end }
local map = assert(loadfile(module_folder .. "/jsonmap.lib.lua"))()
local json, xml = require "util.json", require "util.xml"

local texts, objects, refused = {}, {}, 0
for line in io.lines(stanzas) do
	texts[#texts + 1] = line
	local object = json.encode(map.st2json(assert(xml.parse(line))))
	-- What it cannot read of its own is left out, and counted.
	if pcall(function() return tostring(assert(map.json2st(json.decode(object)))) end) then
		objects[#objects + 1] = object
	else
		refused = refused + 1
	end
end
io.stderr:write(("mod_rest: %d stanzas, of whose JSON it cannot read %d itself\n"):format(#texts, refused))

local jobs = {
	["to-json"] = function()
		for _, text in ipairs(texts) do json.encode(map.st2json(xml.parse(text))) end
		return #texts
	end,
	["to-xml"] = function()
		for _, object in ipairs(objects) do tostring(map.json2st(json.decode(object))) end
		return #objects
	end,
}
for name in io.lines() do
	local job, done, start = jobs[name], 0, os.clock()
	for _ = 1, times do done = done + job() end
	io.write(("%.0f %d\n"):format((os.clock() - start) * 1e9, done))
	io.flush()
end
