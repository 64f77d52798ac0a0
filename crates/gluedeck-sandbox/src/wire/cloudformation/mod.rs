//! CloudFormation: the operations that deploy the pipeline's stacks, by the query protocol.

mod deploy;
mod resources;
mod shapes;
mod template;

use super::fault::WireFault;
use crate::backend::Backend;
use crate::stacks::{ChangeSet, Request, Stack};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use template::{MAX_BODY_BYTES, MAX_URL_BYTES, Template, invalid, with_previous};

/// The parameters of a request, by name.
pub(super) type Form = BTreeMap<String, String>;

/// An operation's answer, as the members of its result.
pub(super) fn call(backend: &Backend, operation: &str, form: &Form) -> Result<Value, WireFault> {
    match operation {
        "CreateStack" => create_stack(backend, form),
        "UpdateStack" => update_stack(backend, form),
        "DeleteStack" => delete_stack(backend, form),
        "DescribeStacks" => describe_stacks(backend, form),
        "DescribeStackEvents" => with_stack(backend, form, |stack| Ok(shapes::events(stack))),
        "ListStackResources" => with_stack(backend, form, |stack| Ok(shapes::resources(stack))),
        "GetTemplate" => with_stack(backend, form, |stack| {
            Ok(json!({ "TemplateBody": stack.template, "StagesAvailable": ["Original", "Processed"] }))
        }),
        "ValidateTemplate" => validate(backend, form),
        // The CLI asks for it before it changes a stack.
        "GetTemplateSummary" => summary(backend, form),
        "CreateChangeSet" => create_change_set(backend, form),
        "DescribeChangeSet" => describe_change_set(backend, form),
        "ExecuteChangeSet" => execute_change_set(backend, form),
        _ => Err(WireFault::new("InvalidAction", format!("Could not find operation {operation}"))),
    }
}

fn required<'f>(form: &'f Form, name: &str) -> Result<&'f str, WireFault> {
    let given = form.get(name).map(String::as_str).filter(|value| !value.is_empty());
    given.ok_or_else(|| {
        invalid(format!(
            "1 validation error detected: Value null at '{}' failed to satisfy constraint: Member must not be null",
            lower_first(name)
        ))
    })
}

fn lower_first(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(letters).collect()
}

/// The members of a list: `Parameters.member.1.ParameterKey`, say.
fn members(form: &Form, list: &str) -> Vec<BTreeMap<String, String>> {
    let mut found: BTreeMap<u32, BTreeMap<String, String>> = BTreeMap::new();
    let prefix = format!("{list}.member.");
    for (name, value) in form {
        let Some(rest) = name.strip_prefix(&prefix) else { continue };
        let (number, member) = rest.split_once('.').unwrap_or((rest, ""));
        if let Ok(number) = number.parse() {
            found.entry(number).or_default().insert(member.to_owned(), value.clone());
        }
    }
    found.into_values().collect()
}

/// What a request asks for, and the parameters that keep their values.
fn request(backend: &Backend, form: &Form) -> Result<(Request, Vec<String>), WireFault> {
    let (mut parameters, mut previous) = (BTreeMap::new(), Vec::new());
    for parameter in members(form, "Parameters") {
        let key = parameter.get("ParameterKey").cloned().unwrap_or_default();
        if parameter.get("UsePreviousValue").is_some_and(|value| value == "true") {
            previous.push(key);
        } else {
            parameters.insert(key, parameter.get("ParameterValue").cloned().unwrap_or_default());
        }
    }
    let tag = |tag: BTreeMap<String, String>| Some((tag.get("Key")?.clone(), tag.get("Value")?.clone()));
    let capabilities = members(form, "Capabilities").into_iter().filter_map(|one| one.get("").cloned());
    let request = Request {
        template: template_text(backend, form)?,
        parameters,
        tags: members(form, "Tags").into_iter().filter_map(tag).collect(),
        capabilities: capabilities.collect(),
    };
    let read = Template::read(&request.template)?;
    if let Some(needed) = read.capability()
        && !request.capabilities.iter().any(|given| given == needed || given == "CAPABILITY_NAMED_IAM")
    {
        return Err(WireFault::new("InsufficientCapabilitiesException", format!("Requires capabilities : [{needed}]")));
    }
    Ok((request, previous))
}

/// The template: in the request, or in a bucket of the sandbox.
fn template_text(backend: &Backend, form: &Form) -> Result<String, WireFault> {
    match (form.get("TemplateBody"), form.get("TemplateURL")) {
        (Some(body), None) if body.len() > MAX_BODY_BYTES => Err(invalid(format!(
            "1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to {MAX_BODY_BYTES}"
        ))),
        (Some(body), None) => Ok(body.clone()),
        (None, Some(url)) => from_bucket(backend, url),
        _ => Err(invalid("Either Template URL or Template Body must be specified.")),
    }
}

/// `https://s3.REGION.amazonaws.com/BUCKET/KEY`, `https://BUCKET.s3.REGION.amazonaws.com/KEY`, or the sandbox's own address.
fn from_bucket(backend: &Backend, url: &str) -> Result<String, WireFault> {
    let wrong = || invalid(format!("TemplateURL must be a supported URL of a bucket: {url}"));
    let (host, path) = url.split_once("://").and_then(|(_, rest)| rest.split_once('/')).ok_or_else(wrong)?;
    let path = path.split('?').next().unwrap_or_default();
    let decoded = percent_encoding::percent_decode_str(path).decode_utf8().map_err(|_| wrong())?;
    let location = match host.split_once(".s3") {
        Some((bucket, _)) if host.contains(".s3.") || host.contains(".s3-") => format!("s3://{bucket}/{decoded}"),
        _ => format!("s3://{decoded}"),
    };
    let (bucket, key) =
        backend.lake.locate(&location).map_err(|_| invalid("S3 error: The specified bucket does not exist"))?;
    let text = std::fs::read_to_string(backend.lake.path(&bucket, &key))
        .map_err(|_| invalid("S3 error: The specified key does not exist."))?;
    if text.len() > MAX_URL_BYTES {
        return Err(invalid("Template may not exceed 1000000 bytes in size."));
    }
    Ok(text)
}

fn new_stack(backend: &Backend, name: &str) -> Stack {
    let environment = &backend.environment;
    let (now, account, region) = (backend.hub.now(), &environment.account, &environment.region);
    let id = unique_id(backend, &format!("{name} {now}"));
    Stack::new(name, format!("arn:aws:cloudformation:{region}:{account}:stack/{name}/{id}"), now)
}

/// An id in the form of a UUID.
fn unique_id(backend: &Backend, key: &str) -> String {
    let hex = backend.lake.world.hex_id(key);
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..32])
}

/// What all stacks but one export.
fn exports(stacks: &BTreeMap<String, Stack>, but: &str) -> BTreeMap<String, String> {
    let others = stacks.values().filter(|stack| stack.name != but && stack.exists());
    others.flat_map(|stack| &stack.outputs).filter_map(|o| Some((o.export.clone()?, o.value.clone()))).collect()
}

fn unknown(name: &str) -> WireFault {
    invalid(format!("Stack with id {name} does not exist"))
}

/// The key of a stack that is named by its name or its id.
fn find(stacks: &BTreeMap<String, Stack>, named: &str) -> Option<String> {
    let by_id = || stacks.values().find(|stack| stack.id == named).map(|stack| stack.name.clone());
    stacks.get(named).filter(|stack| stack.exists()).map(|stack| stack.name.clone()).or_else(by_id)
}

fn with_stack(
    backend: &Backend,
    form: &Form,
    answer: impl FnOnce(&Stack) -> Result<Value, WireFault>,
) -> Result<Value, WireFault> {
    let named = required(form, "StackName")?;
    let stacks = backend.stacks.lock();
    let stack = find(&stacks, named).and_then(|key| stacks.get(&key)).ok_or_else(|| unknown(named))?;
    answer(stack)
}

fn create_stack(backend: &Backend, form: &Form) -> Result<Value, WireFault> {
    let name = required(form, "StackName")?;
    let (request, _) = request(backend, form)?;
    let mut stacks = backend.stacks.lock();
    if stacks.get(name).is_some_and(|stack| stack.exists() && stack.status != "REVIEW_IN_PROGRESS") {
        return Err(WireFault::new("AlreadyExistsException", format!("Stack [{name}] already exists")));
    }
    let exports = exports(&stacks, name);
    let mut stack = new_stack(backend, name);
    deploy::apply(backend, &mut stack, &request, &exports)?;
    let id = stack.id.clone();
    stacks.insert(name.to_owned(), stack);
    Ok(json!({ "StackId": id }))
}

fn update_stack(backend: &Backend, form: &Form) -> Result<Value, WireFault> {
    let name = required(form, "StackName")?;
    let (request, previous) = request(backend, form)?;
    let mut stacks = backend.stacks.lock();
    let exports = exports(&stacks, name);
    let key = find(&stacks, name).ok_or_else(|| unknown(name))?;
    let stack = stacks.get_mut(&key).ok_or_else(|| unknown(name))?;
    updatable(stack)?;
    let request = with_previous(request, &previous, &stack.parameters);
    if deploy::changes(backend, stack, &request, &exports)?.is_empty() {
        return Err(invalid("No updates are to be performed."));
    }
    deploy::apply(backend, stack, &request, &exports)?;
    Ok(json!({ "StackId": stack.id }))
}

fn updatable(stack: &Stack) -> Result<(), WireFault> {
    match stack.status {
        "ROLLBACK_COMPLETE" | "DELETE_FAILED" | "DELETE_COMPLETE" => {
            let message = format!("Stack:{} is in {} state and can not be updated.", stack.id, stack.status);
            Err(invalid(message))
        }
        _ => Ok(()),
    }
}

fn delete_stack(backend: &Backend, form: &Form) -> Result<Value, WireFault> {
    let name = required(form, "StackName")?;
    let mut stacks = backend.stacks.lock();
    let Some(key) = find(&stacks, name) else { return Ok(json!({})) };
    let own: Vec<String> = stacks[&key].outputs.iter().filter_map(|output| output.export.clone()).collect();
    for (other, stack) in stacks.iter().filter(|(other, stack)| **other != key && stack.exists()) {
        if let Some(used) = own.iter().find(|export| shapes::imports(stack, export)) {
            return Err(invalid(format!("Export {used} cannot be deleted as it is in use by {other}")));
        }
    }
    if let Some(stack) = stacks.get_mut(&key) {
        deploy::delete(backend, stack);
    }
    Ok(json!({}))
}

fn describe_stacks(backend: &Backend, form: &Form) -> Result<Value, WireFault> {
    if form.contains_key("StackName") {
        return with_stack(backend, form, |stack| Ok(json!({ "Stacks": [shapes::stack(stack)] })));
    }
    let stacks = backend.stacks.lock();
    let all: Vec<Value> = stacks.values().filter(|stack| stack.exists()).map(shapes::stack).collect();
    Ok(json!({ "Stacks": all }))
}

fn summary(backend: &Backend, form: &Form) -> Result<Value, WireFault> {
    let text = match form.get("StackName") {
        Some(_) => with_stack(backend, form, |stack| Ok(Value::from(stack.template.clone())))?,
        None => Value::from(template_text(backend, form)?),
    };
    let template = Template::read(text.as_str().unwrap_or_default())?;
    let parameters = template.parameters.iter().map(|(name, declared)| {
        json!({
            "ParameterKey": name, "DefaultValue": declared["Default"], "ParameterType": declared["Type"],
            "Description": declared["Description"], "NoEcho": false,
        })
    });
    let types = template.resources.values().filter_map(|resource| resource["Type"].as_str()).collect::<BTreeSet<_>>();
    let capabilities: Vec<&str> = template.capability().into_iter().collect();
    Ok(json!({
        "Description": template.about, "Parameters": parameters.collect::<Vec<_>>(), "Capabilities": capabilities,
        "ResourceTypes": types, "Version": "2010-09-09",
    }))
}

fn validate(backend: &Backend, form: &Form) -> Result<Value, WireFault> {
    let template = Template::read(&template_text(backend, form)?)?;
    template.in_order()?;
    let parameters = template.parameters.iter().map(|(name, declared)| {
        json!({
            "ParameterKey": name, "DefaultValue": declared["Default"], "NoEcho": false,
            "Description": declared["Description"],
        })
    });
    let capabilities: Vec<&str> = template.capability().into_iter().collect();
    let reason =
        (!capabilities.is_empty()).then_some("The following resource(s) require capabilities: [AWS::IAM::Role]");
    Ok(json!({
        "Description": template.about, "Parameters": parameters.collect::<Vec<_>>(), "Capabilities": capabilities,
        "CapabilitiesReason": reason,
    }))
}

fn create_change_set(backend: &Backend, form: &Form) -> Result<Value, WireFault> {
    let (stack_name, name) = (required(form, "StackName")?, required(form, "ChangeSetName")?);
    let (request, previous) = request(backend, form)?;
    let creates = form.get("ChangeSetType").is_some_and(|kind| kind == "CREATE");
    let mut stacks = backend.stacks.lock();
    let exports = exports(&stacks, stack_name);
    let key = match find(&stacks, stack_name) {
        Some(key) => key,
        None if creates => {
            stacks.insert(stack_name.to_owned(), new_stack(backend, stack_name));
            stack_name.to_owned()
        }
        None => return Err(unknown(stack_name)),
    };
    let stack = stacks.get_mut(&key).ok_or_else(|| unknown(stack_name))?;
    updatable(stack)?;
    if creates && stack.status != "REVIEW_IN_PROGRESS" {
        let message =
            format!("Stack [{stack_name}] already exists and cannot be created again with the changeSet [{name}].");
        return Err(invalid(message));
    }
    if stack.change_sets.contains_key(name) {
        return Err(WireFault::new("AlreadyExistsException", format!("ChangeSet {name} already exists")));
    }
    let request = with_previous(request, &previous, &stack.parameters);
    let changes = deploy::changes(backend, stack, &request, &exports)?;
    let environment = &backend.environment;
    let unique = unique_id(backend, &format!("{name} {stack_name}"));
    let id = format!("arn:aws:cloudformation:{}:{}:changeSet/{name}/{unique}", environment.region, environment.account);
    const EMPTY: &str =
        "The submitted information didn't contain changes. Submit different information to create a change set.";
    let (status, execution, reason) = match changes.is_empty() {
        true => ("FAILED", "UNAVAILABLE", Some(EMPTY.to_owned())),
        false => ("CREATE_COMPLETE", "AVAILABLE", None),
    };
    let created = backend.hub.now();
    let change_set = ChangeSet { id: id.clone(), status, execution, reason, request, changes, created };
    stack.change_sets.insert(name.to_owned(), change_set);
    Ok(json!({ "Id": id, "StackId": stack.id }))
}

/// The keys of a change set that is named by its name, with the stack's, or by its id.
fn find_change_set(stacks: &BTreeMap<String, Stack>, form: &Form) -> Result<(String, String), WireFault> {
    let named = required(form, "ChangeSetName")?;
    let missing = || WireFault::new("ChangeSetNotFound", format!("ChangeSet [{named}] does not exist"));
    let in_stack = |stack: &Stack| {
        let found = stack.change_sets.iter().find(|(name, set)| *name == named || set.id == named);
        found.map(|(name, _)| (stack.name.clone(), name.clone()))
    };
    match form.get("StackName") {
        Some(stack) => find(stacks, stack).and_then(|key| in_stack(&stacks[&key])).ok_or_else(missing),
        None => stacks.values().find_map(in_stack).ok_or_else(missing),
    }
}

fn describe_change_set(backend: &Backend, form: &Form) -> Result<Value, WireFault> {
    let stacks = backend.stacks.lock();
    let (stack, name) = find_change_set(&stacks, form)?;
    Ok(shapes::change_set(&stacks[&stack], &name))
}

fn execute_change_set(backend: &Backend, form: &Form) -> Result<Value, WireFault> {
    let mut stacks = backend.stacks.lock();
    let (key, name) = find_change_set(&stacks, form)?;
    let exports = exports(&stacks, &key);
    let stack = stacks.get_mut(&key).ok_or_else(|| unknown(&key))?;
    let change_set = stack.change_sets.get(&name).cloned().ok_or_else(|| unknown(&key))?;
    if change_set.execution != "AVAILABLE" {
        let message = format!(
            "ChangeSet [{}] cannot be executed in its current status of [{}]",
            change_set.id, change_set.status
        );
        return Err(WireFault::new("InvalidChangeSetStatus", message));
    }
    deploy::apply(backend, stack, &change_set.request, &exports)?;
    stack.change_sets.clear();
    Ok(json!({}))
}
