-- scrun.lua - what Slurm's scrun is given to be measured beside ch-scrun: the root
-- filesystem is copied to where the nodes see it, and the configuration says so.
-- SPDX-License-Identifier: MIT
local function stage(id, config)
    local file = io.open(config)
    local text = file:read("*a")
    file:close()
    local place = "/shared/scrun/" .. id
    local head, root, tail = text:match('^(.*"root": *{ *"path": *")([^"]*)(".*)$')
    os.execute("mkdir -p " .. place .. " && cp -a '" .. root:gsub("\\/", "/") ..
        "' " .. place .. "/rootfs")
    file = io.open(place .. "/config.json", "w")
    file:write(head .. place .. "/rootfs" .. tail)
    file:close()
    slurm.set_root_path(place .. "/rootfs")
    slurm.set_bundle_path(place)
end

function slurm_scrun_stage_in(id, bundle, spool, config)
    stage(id, config)
    return slurm.SUCCESS
end

function slurm_scrun_stage_out(id)
    os.execute("rm -rf /shared/scrun/" .. id)
    return slurm.SUCCESS
end

return slurm.SUCCESS
